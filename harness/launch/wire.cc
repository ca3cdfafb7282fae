#include "harness/launch/wire.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace iff::wire {
namespace {

constexpr size_t kMaxDescriptors = 8;

class Writer {
 public:
  void Number(int64_t value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes_.append(raw, sizeof raw);
  }
  void Text(std::string_view text) {
    Number(static_cast<int64_t>(text.size()));
    bytes_.append(text);
  }
  void Texts(const std::vector<std::string>& texts) {
    Number(static_cast<int64_t>(texts.size()));
    for (const std::string& text : texts) Text(text);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads past the end yield zeroes and emptiness; complete() tells.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  int64_t Number() {
    int64_t value = 0;
    if (bytes_.size() < sizeof value) {
      broken_ = true;
      return 0;
    }
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::string Text() {
    const int64_t size = Number();
    if (size < 0 || static_cast<uint64_t>(size) > bytes_.size()) {
      broken_ = true;
      return {};
    }
    const std::string text(bytes_.substr(0, static_cast<size_t>(size)));
    bytes_.remove_prefix(static_cast<size_t>(size));
    return text;
  }
  std::vector<std::string> Texts() {
    const int64_t count = Number();
    std::vector<std::string> texts;
    for (int64_t i = 0; i < count && !broken_; ++i) texts.push_back(Text());
    return texts;
  }
  bool broken() const { return broken_; }
  bool complete() const { return !broken_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool broken_ = false;
};

}  // namespace

std::string Encode(const Spawn& spawn) {
  Writer writer;
  writer.Text(spawn.name);
  writer.Text(spawn.program);
  writer.Texts(spawn.argv);
  writer.Texts(spawn.environment);
  writer.Text(spawn.directory);
  writer.Number(spawn.switch_account ? 1 : 0);
  writer.Number(spawn.uid);
  writer.Number(spawn.gid);
  writer.Number(static_cast<int64_t>(spawn.groups.size()));
  for (const gid_t group : spawn.groups) writer.Number(group);
  writer.Number(spawn.stop_signal);
  writer.Number(spawn.pipes ? 1 : 0);
  return writer.Take();
}

std::string Encode(const Note& note) {
  Writer writer;
  writer.Number(static_cast<int64_t>(note.kind));
  writer.Number(note.number);
  writer.Text(note.text);
  return writer.Take();
}

std::optional<Spawn> DecodeSpawn(std::string_view bytes) {
  Reader reader(bytes);
  Spawn spawn;
  spawn.name = reader.Text();
  spawn.program = reader.Text();
  spawn.argv = reader.Texts();
  spawn.environment = reader.Texts();
  spawn.directory = reader.Text();
  spawn.switch_account = reader.Number() != 0;
  spawn.uid = static_cast<uid_t>(reader.Number());
  spawn.gid = static_cast<gid_t>(reader.Number());
  const int64_t groups = reader.Number();
  for (int64_t i = 0; i < groups && !reader.broken(); ++i) {
    spawn.groups.push_back(static_cast<gid_t>(reader.Number()));
  }
  spawn.stop_signal = static_cast<int>(reader.Number());
  spawn.pipes = reader.Number() != 0;
  if (!reader.complete()) return std::nullopt;
  return spawn;
}

std::optional<Note> DecodeNote(std::string_view bytes) {
  Reader reader(bytes);
  Note note;
  note.kind = static_cast<Kind>(reader.Number());
  note.number = reader.Number();
  note.text = reader.Text();
  if (!reader.complete()) return std::nullopt;
  return note;
}

int Send(int socket, std::string_view bytes, const std::vector<int>& descriptors) {
  iovec part{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptors.size() > kMaxDescriptors) return EINVAL;
  if (!descriptors.empty()) {
    const size_t size = sizeof(int) * descriptors.size();
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(header), descriptors.data(), size);
  }
  while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

Packet Receive(int socket) {
  thread_local char buffer[kMaxPacket];
  Packet packet;
  iovec part{.iov_base = buffer, .iov_len = sizeof buffer};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t size = -1;
  do {
    size = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) packet.state = Packet::State::kNothingYet;
  if (size <= 0) return packet;

  packet.state = Packet::State::kArrived;
  packet.bytes.assign(buffer, static_cast<size_t>(size));
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    packet.descriptors.resize(count);
    std::memcpy(packet.descriptors.data(), CMSG_DATA(header), sizeof(int) * count);
  }
  return packet;
}

}  // namespace iff::wire
