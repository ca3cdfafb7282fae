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

// One layer down. `most` bounds the bytes of all layers together; what was cut off is told as opaque. Whether `text`
// itself looks encrypted is told unless it is `by_chance`.
Unpacked Unpack(std::string_view text, size_t most, bool by_chance = false);

// Decompresses what begins at `data`, at most `most` bytes of it; "" if it is not that.
enum class Compression { kGzip, kZlib, kDeflate };
std::string Decompress(std::string_view data, Compression compression, size_t most);
std::string Compress(std::string_view data, Compression compression);

}  // namespace iff
