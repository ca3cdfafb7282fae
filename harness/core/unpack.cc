#include "harness/core/unpack.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/escapes.h"
#include "harness/core/printable.h"

namespace iff {
namespace {

// Shorter runs hold no secret that is not seen without decoding: six bytes, the shortest one, are eight
// characters of base64 and twelve of hex, and hardly anything packs them into less than twenty.
constexpr size_t kShortestRun = 20;
// Digests and identifiers are shorter than this and hold nothing; ciphertext that holds a secret is longer.
constexpr size_t kShortestCipher = 48;

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

// "63:61:6e" and "63 61 6e", and the decimal "99, 97, 110".
void TakeLists(std::string_view text, std::vector<Layer>& layers) {
  for (const int base : {16, 10}) {
    std::string bytes;
    const auto close = [&] {
      if (bytes.size() >= 8) layers.push_back({base == 16 ? "hex list" : "byte list", bytes});
      bytes.clear();
    };
    for (size_t i = 0; i < text.size();) {
      size_t end = i;
      int value = 0;
      while (end < text.size() && end - i < 4 && (base == 16 ? HexValue(text[end]) >= 0 : IsDigit(text[end]))) {
        value = value * base + HexValue(text[end++]);
      }
      const size_t digits = end - i;
      const bool number = value < 256 && (base == 16 ? digits == 2 : digits >= 1 && digits <= 3);
      if (!number) {
        if (!bytes.empty()) close();
        i = std::max(end, i + 1);
        continue;
      }
      bytes += static_cast<char>(value);
      size_t next = end;
      while (next < text.size() && next - end < 3 &&
             std::string_view(" ,:;-\t\r\n").find(text[next]) != std::string_view::npos)
        ++next;
      if (next < text.size() && text.substr(next, 2) == "0x") next += 2;
      if (next == end || next == text.size()) close();
      i = next;
    }
    close();
  }
}

bool LooksLikeText(std::string_view bytes) {
  size_t stretch = 0;
  for (const char c : bytes) {
    stretch = IsTextByte(c) ? stretch + 1 : 0;
    if (stretch >= kShortestHex) return true;
  }
  return false;
}

constexpr std::string_view kGzipMagic = "\x1f\x8b\x08";

bool MayBeZlib(std::string_view bytes, size_t at) {
  if (at + 2 > bytes.size() || bytes[at] != 0x78) return false;
  const unsigned second = static_cast<unsigned char>(bytes[at + 1]);
  return (0x7800 + second) % 31 == 0 && (second & 0x20) == 0;  // 0x20: with a dictionary nobody has
}

// What an attempt to decompress costs besides the bytes it reads and writes.
constexpr size_t kAttempt = 16;

std::string Inflate(std::string_view data, Compression compression, size_t most, UnpackBudget* budget);

// Not only a mark, which any bytes may hold: something comes of it.
bool HoldsCompressed(std::string_view bytes, UnpackBudget& budget) {
  constexpr size_t kProof = 64;
  for (size_t at = bytes.find(kGzipMagic); at != std::string_view::npos; at = bytes.find(kGzipMagic, at + 1)) {
    if (Inflate(bytes.substr(at), Compression::kGzip, kProof, &budget).size() >= 6) return true;
    if (budget.work() == 0) return false;
  }
  for (size_t at = bytes.find('x'); at != std::string_view::npos; at = bytes.find('x', at + 1)) {
    if (!MayBeZlib(bytes, at)) continue;
    if (Inflate(bytes.substr(at), Compression::kZlib, kProof, &budget).size() >= 6) return true;
    if (budget.work() == 0) return false;
  }
  return false;
}

struct Magic {
  std::string_view begins;
  std::string_view what;
};
constexpr std::array<Magic, 12> kMagics = {{
    {"\x28\xb5\x2f\xfd", "data compressed with zstd"},
    {std::string_view("\xfd\x37zXZ\0", 6), "data compressed with xz"},
    {"BZh", "data compressed with bzip2"},
    {"\x04\x22\x4d\x18", "data compressed with lz4"},
    {"PK\x03\x04", "a zip archive"},
    {"7z\xbc\xaf\x27\x1c", "a 7z archive"},
    {"Salted__", "data encrypted with a password"},
    {"age-encryption.org/v1", "data encrypted with age"},
    {"-----BEGIN PGP MESSAGE", "a PGP message"},
    {"\x89PNG", "a picture"},
    {"\xff\xd8\xff", "a picture"},
    {"%PDF-", "a PDF document"},
}};

constexpr std::string_view kLooksEncrypted = "bytes that look encrypted";

// What cannot be looked into, named, or nothing. `bytes` are the content of one thing from its beginning.
std::optional<std::string> NameOpaque(std::string_view bytes) {
  for (const Magic& magic : kMagics) {
    if (bytes.starts_with(magic.begins)) return std::string(magic.what);
  }
  if (bytes.size() < kShortestCipher || bytes[0] == 0x30) return {};  // 0x30: a key or certificate in DER
  const std::string_view head = bytes.substr(0, 256);
  std::bitset<256> seen;
  size_t printable = 0;
  for (const char c : head) {
    seen.set(static_cast<unsigned char>(c));
    if (c >= 0x20 && c < 0x7F) ++printable;
  }
  // Of n random bytes about 256 (1 - e^(-n/256)) are different ones; a third of them is printable.
  const size_t least = head.size() <= 64    ? head.size() * 3 / 4
                       : head.size() <= 128 ? head.size() * 5 / 8
                                            : head.size() / 2;
  if (seen.count() < least || printable * 5 > head.size() * 3) return {};
  return std::string(kLooksEncrypted);
}

// The mixture of random base64: names and paths in the same alphabet have another.
bool MixedAsRandom(std::string_view run) {
  const auto count = [&](bool (*is)(char)) { return static_cast<size_t>(std::count_if(run.begin(), run.end(), is)); };
  const size_t upper = count(IsUpper);
  const size_t lower = count(IsLower);
  const size_t digits = count(IsDigit);
  const size_t size = run.size();
  return upper * 4 >= size && upper * 5 <= size * 3 && lower * 4 >= size && lower * 5 <= size * 3 &&
         digits * 20 >= size && digits * 3 <= size && (size - upper - lower - digits) * 8 <= size;
}

class Unpacker {
 public:
  Unpacker(std::string_view text, UnpackBudget& budget, bool by_chance)
      : text_(text), budget_(budget), by_chance_(by_chance) {}

  Unpacked Take() {
    // What follows reads the text a fixed number of times; only what is decompressed is more than that.
    budget_.SpendWork(text_.size() + kAttempt);
    if (budget_.work() > 0) TakeLayers();
    if (budget_.work() == 0) budget_.End();
    if (budget_.ended()) Opaque(kNotFullySearched);
    return std::move(out_);
  }

 private:
  void TakeLayers() {
    TakeCompressed();
    Whole("url", text_.find('%') == std::string_view::npos ? std::nullopt : UnescapeUrl(text_));
    Whole("escapes", UnescapeBackslashes(text_));
    Whole("entities", text_.find('&') == std::string_view::npos ? std::nullopt : UnescapeEntities(text_));
    Whole("two bytes a character", Narrow(text_));
    Whole("lines", Unfold(text_));
    std::vector<Layer> lists;
    TakeLists(text_, lists);
    for (Layer& list : lists) Whole(list.how, std::move(list.bytes), false);
    TakeRuns();
    if (const auto what = NameOpaque(text_);
        what && (*what != kLooksEncrypted || (out_.layers.empty() && !by_chance_))) {
      Opaque(*what);
    }
    for (const std::string_view begin : {"-----BEGIN PGP MESSAGE", "age-encryption.org/v1"}) {
      if (text_.find(begin) != std::string_view::npos) Opaque(*NameOpaque(begin));
    }
  }

  void Opaque(std::string_view reason) {
    if (std::find(out_.opaque.begin(), out_.opaque.end(), reason) == out_.opaque.end()) {
      out_.opaque.emplace_back(reason);
    }
  }

  void Whole(const std::string& how, std::optional<std::string> bytes, std::optional<bool> certain = {}) {
    if (!bytes || bytes->empty()) return;
    if (bytes->size() > budget_.bytes()) {
      bytes->resize(budget_.bytes());
      budget_.End();
    }
    budget_.SpendBytes(bytes->size());
    if (!bytes->empty()) out_.layers.push_back({how, std::move(*bytes), certain.value_or(!by_chance_)});
  }

  void TakeCompressed() {
    for (size_t at = text_.find(kGzipMagic); at != std::string_view::npos; at = text_.find(kGzipMagic, at + 1)) {
      if (budget_.work() == 0) return;
      Inflated("gzip", text_.substr(at), Compression::kGzip);
    }
    for (size_t at = text_.find('x'); at != std::string_view::npos; at = text_.find('x', at + 1)) {
      if (budget_.work() == 0) return;
      if (MayBeZlib(text_, at)) Inflated("zlib", text_.substr(at), Compression::kZlib);
    }
    const bool binary =
        !text_.empty() &&
        std::any_of(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(text_.size(), 64)),
                    [](char c) { return (c >= 0 && c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c < 0; });
    if (binary) Inflated("deflate", text_, Compression::kDeflate);
  }

  void Inflated(const std::string& how, std::string_view data, Compression compression) {
    std::string bytes = Inflate(data, compression, budget_.bytes() + 1, &budget_);
    if (bytes.size() >= 6) Whole(how, std::move(bytes), compression != Compression::kDeflate);
  }

  // Runs of the alphabets of base64 and hex.
  void TakeRuns() {
    bool signed_token = false;  // the run before was the payload of a signed token
    int parts = 0;
    for (size_t at = 0; at < text_.size() && budget_.work() > 0;) {
      if (Sextet(text_[at]) < 0) {
        ++at;
        continue;
      }
      size_t end = at;
      while (end < text_.size() && Sextet(text_[end]) >= 0) ++end;
      const std::string_view run = text_.substr(at, end - at);
      const bool continues = at > 0 && text_[at - 1] == '.' && parts > 0;
      parts = continues ? parts + 1 : run.starts_with("eyJ") ? 1 : 0;
      if (parts == 1) {
        const std::string header = DecodeSextets(run);
        signed_token = header.find("\"enc\"") == std::string::npos;
        if (!signed_token && end < text_.size() && text_[end] == '.') Opaque("an encrypted token");
      }
      // The signature of a signed token is random and holds nothing; the parts of an encrypted one are named.
      const bool accounted_for = parts > 1 && (parts == 3 || !signed_token);
      if (run.size() >= kShortestHex) TakeRun(run, accounted_for);
      at = end;
    }
  }

  void TakeRun(std::string_view run, bool accounted_for) {
    if (std::all_of(run.begin(), run.end(), [](char c) { return HexValue(c) >= 0; })) {
      for (size_t shift = 0; shift < 2 && run.size() - shift >= kShortestHex; ++shift) {
        std::string bytes;
        for (size_t i = shift; i + 1 < run.size(); i += 2) {
          bytes += static_cast<char>(HexValue(run[i]) * 16 + HexValue(run[i + 1]));
        }
        if (shift == 0 && run.size() >= 2 * kShortestCipher) TellIfOpaque(bytes, bytes.size() > 64);
        Decoded("hex", std::move(bytes));
      }
    } else {
      TakeHexInside(run);
    }
    if (run.size() < kShortestRun) return;
    for (size_t shift = 0; shift < 4; ++shift) {
      std::string bytes = DecodeSextets(run.substr(shift));
      const bool opens = Opens(bytes);
      if (shift == 0 && !opens && !accounted_for) TellIfOpaque(bytes, MixedAsRandom(run));
      Decoded("base64", std::move(bytes));
    }
  }

  bool Opens(std::string_view bytes) { return LooksLikeText(bytes) || HoldsCompressed(bytes, budget_); }

  // A layer, if there is something in it; most of what can be decoded is only a name in the same alphabet.
  void Decoded(const std::string& how, std::string bytes) {
    if (Opens(bytes)) {
      Whole(how, std::move(bytes), false);
    } else if (!bytes.empty() && (bytes[0] & 6) != 6) {  // the fourth kind of block does not exist
      Inflated(how + " > deflate", bytes, Compression::kDeflate);
    }
  }

  // Hex with something of the wider alphabet beside it: "trace-63616e617279...".
  void TakeHexInside(std::string_view run) {
    for (size_t at = 0; at < run.size();) {
      size_t end = at;
      while (end < run.size() && HexValue(run[end]) >= 0) ++end;
      if (end - at >= 2 * kShortestHex) {
        for (size_t shift = 0; shift < 2; ++shift) {
          std::string bytes;
          for (size_t i = at + shift; i + 1 < end; i += 2) {
            bytes += static_cast<char>(HexValue(run[i]) * 16 + HexValue(run[i + 1]));
          }
          if (Opens(bytes)) Whole("hex", std::move(bytes), false);
        }
      }
      at = std::max(end, at + 1);
    }
  }

  void TellIfOpaque(std::string_view bytes, bool random) {
    const auto what = NameOpaque(bytes);
    if (!what) return;
    // Only a beginning nothing else has, or the whole mixture, tells ciphertext from a name.
    if (*what != kLooksEncrypted || (random && Inflate(bytes, Compression::kDeflate, 64, &budget_).size() < 6)) {
      Opaque(*what);
    }
  }

  std::string_view text_;
  UnpackBudget& budget_;
  bool by_chance_;
  Unpacked out_;
};

int WindowBits(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return 15 + 16;
    case Compression::kZlib:
      return 15;
    case Compression::kDeflate:
      return -15;
  }
  return 15;
}

// Kept and begun anew: many things are tried that are not compressed at all, and setting one up costs more than the
// answer.
struct Inflater {
  explicit Inflater(Compression kind) : compression(kind) {}
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (there) inflateEnd(&stream);
  }
  bool Begin(std::string_view data) {
    const int ready = there ? inflateReset(&stream) : inflateInit2(&stream, WindowBits(compression));
    if (ready != Z_OK) return false;
    there = true;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));  // zlib only reads there
    stream.avail_in = static_cast<uInt>(std::min<size_t>(data.size(), UINT32_MAX));
    return true;
  }

  const Compression compression;
  z_stream stream = {};
  bool there = false;
};

Inflater& InflaterFor(Compression compression) {
  thread_local Inflater gzip(Compression::kGzip);
  thread_local Inflater zlib(Compression::kZlib);
  thread_local Inflater deflate(Compression::kDeflate);
  switch (compression) {
    case Compression::kGzip:
      return gzip;
    case Compression::kZlib:
      return zlib;
    case Compression::kDeflate:
      return deflate;
  }
  return gzip;
}

// With a budget: reads and writes no more than the work that is left, and spends it.
std::string Inflate(std::string_view data, Compression compression, size_t most, UnpackBudget* budget) {
  const size_t work = budget == nullptr ? SIZE_MAX : budget->work();
  Inflater& inflater = InflaterFor(compression);
  const std::string_view read = data.substr(0, work);
  if (!inflater.Begin(read)) return "";
  z_stream& stream = inflater.stream;
  std::string out;
  // Not filled with zeros: what is tried here and is none is told after a few bytes.
  std::array<char, 4096> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  int state = Z_OK;
  while (state == Z_OK && out.size() < most && out.size() < work) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(std::min(piece.size(), most - out.size()));
    const uInt room = stream.avail_out;
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(piece.data(), room - stream.avail_out);
    if (stream.avail_in == 0 && stream.avail_out != 0) break;
  }
  if (budget != nullptr) {
    // Not what is given up in a failed attempt: that there was no more work to spend.
    if (out.size() >= work || (read.size() < data.size() && stream.avail_in == 0)) budget->End();
    budget->SpendWork(kAttempt + (read.size() - stream.avail_in) + out.size());
  }
  // Half of a compressed text is still half a text, and what passes the bound is not told from what would go on. But
  // any bytes may begin as deflate, which has no mark of its own, and as zlib, whose mark is short.
  const bool whole = state == Z_STREAM_END || (state == Z_OK && out.size() >= most);
  if (compression != Compression::kGzip && !whole && !LooksLikeText(out)) return "";
  return out;
}

}  // namespace

void UnpackBudget::SpendBytes(size_t count) { bytes_ -= std::min(bytes_, count); }

void UnpackBudget::SpendWork(size_t count) {
  spent_ += count;
  work_ -= std::min(work_, count);
}

Unpacked Unpack(std::string_view text, UnpackBudget& budget, bool by_chance) {
  return Unpacker(text, budget, by_chance).Take();
}

std::string Decompress(std::string_view data, Compression compression, size_t most) {
  return Inflate(data, compression, most, nullptr);
}

std::string Compress(std::string_view data, Compression compression) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WindowBits(compression), 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return "";
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(data.size())) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));  // zlib only reads there
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace iff
