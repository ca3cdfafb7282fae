#include "harness/core/json_text.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "harness/core/printable.h"

namespace iff {
namespace {

std::string DumpAsLibraryDoes(const Json& value, bool ascii) {
  return value.dump(-1, ' ', ascii, Json::error_handler_t::replace);
}

// What stands for an ASCII character within quotes, where it does not stand for itself; 0 for itself.
char ShortEscape(char c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

void AppendText(const std::string& value, bool ascii, std::string& text) {
  if (IsPlainJsonText(value)) {
    text += '"';
    text += value;
    text += '"';
    return;
  }
  if (std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    text += DumpAsLibraryDoes(Json(value), ascii);
    return;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  text += '"';
  size_t copied = 0;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool itself = static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && (c != 0x7f || !ascii);
    if (itself) continue;
    text.append(value, copied, i - copied);
    copied = i + 1;
    text += '\\';
    if (const char escape = ShortEscape(c); escape != 0) {
      text += escape;
    } else {
      text += "u00";
      text += kDigits[static_cast<unsigned char>(c) >> 4];
      text += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  text.append(value, copied);
  text += '"';
}

template <class Number>
void AppendNumber(Number value, std::string& text) {
  char digits[24];
  const auto [end, problem] = std::to_chars(digits, digits + sizeof digits, value);
  text.append(digits, end);
}

// Commas, lines and blanks between the parts of one object or list.
class Parts {
 public:
  Parts(char open, char close, const JsonForm& form, size_t depth, std::string& text)
      : form_(form), depth_(depth), close_(close), text_(text) {
    text_ += open;
  }
  void Next() {
    if (!first_) text_ += ',';
    first_ = false;
    Line(depth_ + 1);
  }
  void Name(const std::string& name) {
    Next();
    AppendText(name, form_.ascii, text_);
    text_ += form_.indent < 0 ? ":" : ": ";
  }
  void Close() {
    if (!first_) Line(depth_);
    text_ += close_;
  }

 private:
  void Line(size_t depth) {
    if (form_.indent < 0) return;
    text_ += '\n';
    text_.append(depth * static_cast<size_t>(form_.indent), ' ');
  }

  const JsonForm& form_;
  const size_t depth_;
  const char close_;
  std::string& text_;
  bool first_ = true;
};

}  // namespace

void AppendJson(const Json& value, const JsonForm& form, size_t depth, std::string& text) {
  switch (value.type()) {
    case Json::value_t::object: {
      Parts parts('{', '}', form, depth, text);
      for (const auto& [name, member] : *value.get_ptr<const Json::object_t*>()) {
        parts.Name(name);
        AppendJson(member, form, depth + 1, text);
      }
      return parts.Close();
    }
    case Json::value_t::array: {
      Parts parts('[', ']', form, depth, text);
      for (const Json& item : *value.get_ptr<const Json::array_t*>()) {
        parts.Next();
        AppendJson(item, form, depth + 1, text);
      }
      return parts.Close();
    }
    case Json::value_t::string:
      return AppendText(*value.get_ptr<const Json::string_t*>(), form.ascii, text);
    case Json::value_t::number_integer:
      return AppendNumber(*value.get_ptr<const Json::number_integer_t*>(), text);
    case Json::value_t::number_unsigned:
      return AppendNumber(*value.get_ptr<const Json::number_unsigned_t*>(), text);
    default:
      text += DumpAsLibraryDoes(value, form.ascii);
  }
}

void AppendObject(const Json& object, const std::map<std::string, AppendValue>& others, const JsonForm& form,
                  size_t depth, std::string& text) {
  Parts parts('{', '}', form, depth, text);
  auto other = others.begin();
  const auto others_before = [&](const std::string* name) {
    for (; other != others.end() && (name == nullptr || other->first < *name); ++other) {
      parts.Name(other->first);
      other->second(text);
    }
  };
  for (const auto& [name, member] : object.items()) {
    others_before(&name);
    parts.Name(name);
    AppendJson(member, form, depth + 1, text);
  }
  others_before(nullptr);
  parts.Close();
}

void AppendList(size_t count, const std::function<void(size_t, std::string&)>& item, const JsonForm& form, size_t depth,
                std::string& text) {
  Parts parts('[', ']', form, depth, text);
  for (size_t i = 0; i < count; ++i) {
    parts.Next();
    item(i, text);
  }
  parts.Close();
}

}  // namespace iff
