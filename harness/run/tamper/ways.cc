#include "harness/run/tamper/ways.h"

#include <cstdio>
#include <utility>

#include "harness/core/result.h"

namespace iff::tamper {

Change Field(std::string name, std::string value) {
  return [=](HttpRequest& request, const Tampering&) { request.headers.Set(name, value); };
}
Change NoField(std::string name) {
  return [=](HttpRequest& request, const Tampering&) { request.headers.Remove(name); };
}
Change Twice(std::string name) {
  return [=](HttpRequest& request, const Tampering&) {
    const std::string value = request.headers.Get(name);
    request.headers.Add(name, value);
  };
}
void Send(HttpRequest& request, const std::vector<ClientField>& fields, const std::string& other) {
  for (const ClientField& field : fields) {
    std::string value = field.value;
    for (const auto& [mark, meant] : {std::pair<std::string_view, std::string>{"{other}", other},
                                      std::pair<std::string_view, std::string>{"{elsewhere}", kElsewhere}}) {
      if (const size_t at = value.find(mark); at != std::string::npos) value.replace(at, mark.size(), meant);
    }
    request.headers.Set(field.name, value);
  }
}
Change Text(std::function<std::string(const std::string&)> change) {
  return [=](HttpRequest& request, const Tampering&) { request.body = change(request.body); };
}
Change Message(std::function<void(Json&)> change) {
  return [=](HttpRequest& request, const Tampering&) {
    Json message = ParseJson(request.body).value_or(Json::object());
    change(message);
    request.body = Dump(message);
  };
}
Change Id(Json id) {
  return Message([=](Json& message) { message["id"] = id; });
}
Change MemberBefore(const std::string& in, const std::string& member) {
  return Text([=](const std::string& body) {
    const size_t at = in.empty() ? 0 : body.find("\"" + in + "\":{") + in.size() + 3;
    return body.substr(0, at + 1) + member + "," + body.substr(at + 1);
  });
}

Change Bytes(std::function<void(std::string& head, std::string& body)> change) {
  return [=](HttpRequest& request, const Tampering&) {
    request.rewrite = [change](std::string& bytes) {
      const size_t blank = bytes.find("\r\n\r\n");
      Invariant(blank != std::string::npos, "a request has a head");
      std::string head = bytes.substr(0, blank + 2);
      std::string body = bytes.substr(blank + 4);
      change(head, body);
      bytes = head + "\r\n" + body;
    };
  };
}
std::string TakeField(std::string& head, const std::string& name) {
  std::string value;
  for (size_t at = head.find("\r\n" + name + ": "); at != std::string::npos; at = head.find("\r\n" + name + ": ")) {
    const size_t from = at + 2 + name.size() + 2;
    const size_t end = head.find("\r\n", from);
    value = head.substr(from, end - from);
    head.erase(at, end - at);
  }
  return value;
}
Change Lengths(std::function<std::string(size_t)> lines) {
  return Bytes([=](std::string& head, std::string& body) {
    TakeField(head, "Content-Length");
    head += lines(body.size());
    body += " ";
  });
}
std::string InHex(size_t number) {
  char digits[17] = {};
  std::snprintf(digits, sizeof digits, "%zx", number);
  return digits;
}
Change Chunked(std::function<std::string(size_t)> size, const std::string& codings, const std::string& trailers) {
  return Bytes([=](std::string& head, std::string& body) {
    TakeField(head, "Content-Length");
    head += codings;
    body = size(body.size()) + "\r\n" + body + "\r\n0\r\n" + trailers + "\r\n";
  });
}
Change Line(const std::string& line) {
  return Bytes([=](std::string& head, std::string&) { head += line; });
}
Change Host(const std::string& lines) {
  return Bytes([=](std::string& head, std::string&) {
    const std::string host = TakeField(head, "Host");
    const size_t at = lines.find('@');
    head += at == std::string::npos ? lines : lines.substr(0, at) + host + lines.substr(at + 1);
  });
}

}  // namespace iff::tamper
