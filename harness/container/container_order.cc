#include "harness/container/container_order.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "harness/launch/descriptor.h"

namespace iff {

Result<void> WriteOrder(const ContainerOrder& order, const std::string& path) {
  Json json = Json::object();
  json["engine"] = {{"scheme", order.engine.scheme}, {"host", order.engine.host}, {"port", order.engine.port}};
  json["name"] = order.name;
  json["body"] = order.body;
  json["input"] = order.input;
  json["stop_signal"] = order.stop_signal;
  json["stop_within_ms"] = order.stop_within.count();
  json["failure_file"] = order.failure_file;
  const std::string text = Dump(json);
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.open()) return SystemError("create " + path, errno);
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t size = ::write(file.get(), text.data() + written, text.size() - written);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return SystemError("write " + path, errno);
    written += static_cast<size_t>(size);
  }
  return {};
}

Result<ContainerOrder> ReadOrder(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error(ErrorKind::kInvalidInput, "read " + path + ": no such file");
  std::ostringstream text;
  text << file.rdbuf();
  const Json json = TRY(ParseJson(text.str()).While("read " + path));
  ContainerOrder order;
  order.engine.scheme = TRY(At<std::string>(json, "/engine/scheme"));
  order.engine.host = TRY(At<std::string>(json, "/engine/host"));
  order.engine.port = static_cast<uint16_t>(AtOr<int64_t>(json, "/engine/port", 0));
  order.name = TRY(At<std::string>(json, "/name"));
  order.body = TRY(At<Json>(json, "/body"));
  order.input = AtOr<bool>(json, "/input", false);
  order.stop_signal = static_cast<int>(AtOr<int64_t>(json, "/stop_signal", 0));
  order.stop_within = std::chrono::milliseconds(AtOr<int64_t>(json, "/stop_within_ms", 5000));
  order.failure_file = AtOr<std::string>(json, "/failure_file", "");
  return order;
}

}  // namespace iff
