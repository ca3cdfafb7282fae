#include "harness/core/yaml_page.h"

#include "harness/core/plain.h"
#include "harness/core/yaml_text.h"

namespace iff {

YamlPage& YamlPage::operator<<(Literal text) {
  text_ += text.text();
  return *this;
}

YamlPage& YamlPage::operator<<(const Value& value) {
  text_ += YamlFlow(value.value_, value.first_);
  return *this;
}

YamlPage& YamlPage::operator<<(const Key& key) {
  const std::string written = YamlScalar(key.key_);
  if (written.size() <= kLongestYamlKey) {
    text_ += written;
    return *this;
  }
  const std::string margin = text_.substr(text_.rfind('\n') + 1);
  text_ += "? " + written + "\n" + margin;
  return *this;
}

YamlPage& YamlPage::operator<<(const Comment& comment) {
  // A '#' begins a comment at a line's beginning and behind a blank, nowhere else.
  if (!text_.empty() && text_.back() != '\n' && text_.back() != ' ') text_ += "   ";
  text_ += "# " + Plain(comment.text_) + "\n";
  return *this;
}

}  // namespace iff
