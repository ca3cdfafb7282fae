// A string that can be used but not printed: streaming shows "[secret]", comparison takes constant
// time, memory is wiped on destruction. Reveal() is for the line that puts it on the wire.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace iff {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  // `bytes` of the operating system's randomness, as unpadded base64url text.
  static Secret Random(size_t bytes = 24);

  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  size_t size() const { return value_.size(); }

  // Constant time in the length of the longer one.
  bool SameAs(std::string_view other) const;
  bool SameAs(const Secret& other) const { return SameAs(std::string_view(other.value_)); }

  // The first 12 hex digits of the SHA-256: tells two secrets apart in a log without showing either.
  // Only for values with enough entropy that a hash gives nothing away (tokens, not passwords).
  std::string Fingerprint() const;

  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "[secret]"; }

 private:
  void Wipe();
  std::string value_;
};

}  // namespace iff
