#include "harness/session/resident.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <list>
#include <mutex>
#include <thread>

#include "harness/core/bytes.h"
#include "harness/core/json.h"

namespace iff {
namespace {

constexpr size_t kLongestCommand = 64 * 1024;

struct Address {
  sockaddr_un socket = {};
  socklen_t size = 0;
};

Address AddressOf(const std::string& name) {
  Address address;
  address.socket.sun_family = AF_UNIX;
  // A leading zero byte: the abstract name space.
  std::memcpy(address.socket.sun_path + 1, name.data(), std::min(name.size(), sizeof address.socket.sun_path - 1));
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

const sockaddr* Raw(const Address& address) { return reinterpret_cast<const sockaddr*>(&address.socket); }

std::optional<ucred> PeerOf(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
  return peer;
}

bool OfOurAccount(const std::optional<ucred>& peer) { return peer && peer->uid == geteuid(); }

// A command with the descriptors it writes to and reads from.
struct Asked {
  std::vector<std::string> arguments = {};
  AskerEnds ends = {};
};

void CloseAll(const AskerEnds& ends) {
  for (const int end : {ends.out, ends.in, ends.err}) {
    if (end >= 0) close(end);
  }
}

Result<Asked> ReceiveCommand(int descriptor) {
  std::string text(kLongestCommand, '\0');
  iovec part{text.data(), text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t size = recvmsg(descriptor, &message, MSG_CMSG_CLOEXEC);
  if (size <= 0) return SystemError("receive a command", size == 0 ? ECONNRESET : errno);
  Asked asked;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
      int* const ends[] = {&asked.ends.out, &asked.ends.in, &asked.ends.err};
      for (size_t i = 0; i < std::size(ends) && header->cmsg_len >= CMSG_LEN((i + 1) * sizeof(int)); ++i) {
        std::memcpy(ends[i], CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      }
    }
  }
  const Result<Json> json = ParseJson(std::string_view(text).substr(0, static_cast<size_t>(size)));
  if (json.ok() && json->is_array()) {
    for (const Json& word : *json) asked.arguments.push_back(AtOr<std::string>(word, "", ""));
  }
  if (asked.ends.out < 0 || asked.arguments.empty()) {
    CloseAll(asked.ends);
    return Error(ErrorKind::kProtocol, "receive a command: malformed");
  }
  return asked;
}

Result<void> SendCommand(int descriptor, const std::vector<std::string>& arguments) {
  Json words = Json::array();
  for (const std::string& argument : arguments) words.push_back(argument);
  const std::string text = Dump(words);
  if (text.size() > kLongestCommand) return Error(ErrorKind::kInvalidInput, "the command line is too long");
  iovec part{const_cast<char*>(text.data()), text.size()};
  // Whoever has no input sends none, and no other end after it: which is which is told by their order.
  const int ends[] = {STDOUT_FILENO, STDIN_FILENO, STDERR_FILENO};
  size_t count = 1;
  while (count < std::size(ends) && fcntl(ends[count], F_GETFD) >= 0) ++count;
  const size_t size = count * sizeof(int);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof ends)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(size);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(header), ends, size);
  if (sendmsg(descriptor, &message, MSG_NOSIGNAL) < 0) return SystemError("send the command", errno);
  return {};
}

}  // namespace

std::string ResidentName(const std::string& root) {
  const char* given = std::getenv("IFF_RESIDENT");
  const std::string seed = given != nullptr && *given != '\0' ? "name:" + std::string(given) : "root:" + root;
  return "iff-" + std::to_string(geteuid()) + "-" + Hex(Sha256(seed)).substr(0, 16);
}

bool RunsOurProgram(pid_t process) {
  struct stat ours = {};
  struct stat theirs = {};
  // The links lead to the programs themselves, also to one whose file was replaced since.
  if (stat("/proc/self/exe", &ours) != 0) return true;
  if (stat(("/proc/" + std::to_string(process) + "/exe").c_str(), &theirs) != 0) return true;
  return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

struct Resident::State {
  int listener = -1;
  int wake[2] = {-1, -1};  // a byte in here ends Serve
};

Resident::Resident(int listener) : state_(std::make_unique<State>()) {
  state_->listener = listener;
  Invariant(pipe(state_->wake) == 0, "a pipe can be made at start");
}

Result<std::unique_ptr<Resident>> Resident::Listen(const std::string& name) {
  const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (listener < 0) return SystemError("make a socket", errno);
  const Address address = AddressOf(name);
  if (bind(listener, Raw(address), address.size) != 0 || listen(listener, 32) != 0) {
    const int problem = errno;
    close(listener);
    if (problem == EADDRINUSE) {
      return Error(ErrorKind::kInvalidInput, "an environment is up already: 'iff status' shows it, 'iff down' ends it");
    }
    return SystemError("listen for commands", problem);
  }
  return std::unique_ptr<Resident>(new Resident(listener));
}

Resident::~Resident() {
  close(state_->listener);
  close(state_->wake[0]);
  close(state_->wake[1]);
}

void Resident::Stop() {
  const char byte = 0;
  (void)!write(state_->wake[1], &byte, 1);
}

void Resident::Serve(const ResidentCommand& command) {
  std::list<std::thread> askers;
  std::atomic<bool> ending = false;
  while (true) {
    pollfd ends[2] = {{state_->listener, POLLIN, 0}, {state_->wake[0], POLLIN, 0}};
    if (poll(ends, 2, -1) < 0 && errno != EINTR) break;
    if ((ends[1].revents & POLLIN) != 0) break;
    if ((ends[0].revents & POLLIN) == 0) continue;
    const int asker = accept4(state_->listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (asker < 0) continue;
    if (!OfOurAccount(PeerOf(asker))) {
      close(asker);
      continue;
    }
    // A command comes at once; who says nothing must not keep us from ending.
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    (void)setsockopt(asker, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    askers.emplace_back([asker, &command, &ending] {
      Result<Asked> asked = ReceiveCommand(asker);
      if (asked.ok()) {
        std::atomic<bool> hung_up = false;
        std::atomic<bool> done = false;
        std::thread watcher([&] {
          while (!done) {
            pollfd end{asker, POLLIN | POLLRDHUP, 0};
            if (poll(&end, 1, 50) > 0 || ending) {
              hung_up = !done;
              return;
            }
          }
        });
        const int code = command(asked->arguments, asked->ends, hung_up);
        done = true;
        watcher.join();
        CloseAll(asked->ends);
        (void)!send(asker, &code, sizeof code, MSG_NOSIGNAL);
      }
      close(asker);
    });
  }
  // Who sits at a prompt would keep us for ever; a run says what it did not get to.
  ending = true;
  for (std::thread& asker : askers) asker.join();
}

Result<std::optional<int>> AskResident(const std::string& name, const std::vector<std::string>& arguments,
                                       const AskOptions& options) {
  const int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return SystemError("make a socket", errno);
  const Address address = AddressOf(name);
  if (connect(descriptor, Raw(address), address.size) != 0) {
    close(descriptor);
    return std::optional<int>();
  }
  const std::optional<ucred> peer = PeerOf(descriptor);
  if (!OfOurAccount(peer)) {
    close(descriptor);
    return Error(ErrorKind::kRefused, "the environment that is up belongs to another account");
  }
  if (options.on_other_program && !RunsOurProgram(peer->pid)) options.on_other_program();
  const Result<void> sent = SendCommand(descriptor, arguments);
  if (!sent.ok()) {
    close(descriptor);
    return sent.error();
  }
  for (bool told = false;;) {
    if (options.interrupted != nullptr && *options.interrupted && !told) {
      shutdown(descriptor, SHUT_WR);
      told = true;
      if (options.leaves_at_once) {
        close(descriptor);
        return std::optional<int>(0);
      }
    }
    pollfd end{descriptor, POLLIN, 0};
    if (poll(&end, 1, options.interrupted == nullptr || told ? -1 : 50) > 0) break;
  }
  int code = 0;
  const ssize_t size = recv(descriptor, &code, sizeof code, 0);
  close(descriptor);
  if (size != static_cast<ssize_t>(sizeof code)) {
    return Error(ErrorKind::kUnavailable, "the environment went away while it worked on this command");
  }
  return std::optional<int>(code);
}

}  // namespace iff
