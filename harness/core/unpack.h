// What may hide inside a text: whatever can be decoded or decompressed from it, and what cannot.
//
//   for (const Layer& layer : Unpack("data=H4sIAAAA...").layers) ...    // "base64", then its bytes
//
// Knows nothing of what is looked for. Decoding is generous: it answers too much rather than too little, as
// whoever looks for something in a layer finds nothing in nonsense.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace iff {

struct Layer {
  std::string how = {};  // "base64", "hex", "url", "escapes", "entities", "gzip", "zlib", "deflate", ...
  std::string bytes = {};
  bool certain = true;  // false: any text can be read this way, so this may be nothing but chance
};

struct Unpacked {
  std::vector<Layer> layers = {};
  // What is there and cannot be looked into: "data compressed with zstd", "an encrypted token".
  std::vector<std::string> opaque = {};
};

// What unpacking one text, with all layers below it, may cost. Both are linear in the size of the text, so that whoever
// wrote it cannot make a search longer than its size warrants.
class UnpackBudget {
 public:
  // `bytes`: of all layers together.
  explicit UnpackBudget(size_t bytes) : bytes_(bytes), work_(kWorkPerByte * bytes) {}

  // Bytes layers may still have.
  size_t bytes() const { return bytes_; }
  // Bytes that decoders may still read and write, and a few for each attempt: most attempts find nothing to decode, and
  // how many of them there are the text decides.
  size_t work() const { return work_; }
  // Work that was done so far.
  size_t spent() const { return spent_; }
  // Whether something was left undone for want of bytes or work. Nothing found then proves nothing.
  bool ended() const { return ended_; }

  void SpendBytes(size_t count);
  void SpendWork(size_t count);
  void End() { ended_ = true; }

 private:
  // Honest texts take about one: each layer is read once, and attempts that fail end after a few bytes. The worst seen
  // is a text of nothing but short runs of hex, with ten.
  static constexpr size_t kWorkPerByte = 4;

  size_t bytes_;
  size_t work_;
  size_t spent_ = 0;
  bool ended_ = false;
};

// What is reported as opaque where the budget ended.
inline constexpr std::string_view kNotFullySearched = "more than can be unpacked";

// One layer down, within `budget`. Whether `text` itself looks encrypted is told unless it is `by_chance`.
Unpacked Unpack(std::string_view text, UnpackBudget& budget, bool by_chance = false);

// Decompresses what begins at `data`, at most `most` bytes of it; "" if it is not that. Reads up to `data`'s end.
enum class Compression { kGzip, kZlib, kDeflate };
std::string Decompress(std::string_view data, Compression compression, size_t most);
std::string Compress(std::string_view data, Compression compression);

}  // namespace iff
