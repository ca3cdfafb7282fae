#include "mocks/mock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <mutex>
#include <optional>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/environment/capabilities.h"
#include "harness/launch/readiness.h"
#include "mocks/ledger.h"
#include "mocks/people.h"

namespace iff {
namespace {

constexpr std::chrono::seconds kPatience = 10s;

constexpr const char* kOptions = R"({
  "type": "object",
  "description": "A stand-in with a ledger (mocks/).",
  "additionalProperties": false,
  "required": ["upstream"],
  "properties": {"upstream": {"description": "The accounts it knows people by.", "$ref": "#/$defs/text"}}
})";

InitHints InitHintsOf(const std::string& driver, std::vector<std::string> words) {
  const std::string component = driver.substr(driver.find('-') + 1);
  InitHints hints{.component = component, .words = words, .by_address = true};
  hints.value = [component, words](const std::string& variable) -> std::optional<std::string> {
    for (const std::string& word : words) {
      if (variable.find(word) != std::string::npos) return "${" + component + ".address}";
    }
    return {};
  };
  hints.block = [component, driver](const InitQuestion&, YamlPage& out) {
    out << "#:  " << YamlPage::Key(component) << ":\n#:    driver: " << YamlPage::Value(driver)
        << "\n"
           "#:    per_scenario: true\n"
           "#:    options: {upstream: things}\n";
  };
  return hints;
}

Result<void> WriteToken(const std::string& path, const Secret& token) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return SystemError("write " + path, errno);
  const std::string line = token.Reveal() + "\n";
  const ssize_t written = ::write(file, line.data(), line.size());
  const int problem = errno;
  ::close(file);
  if (written != static_cast<ssize_t>(line.size())) return SystemError("write " + path, problem);
  return {};
}

Result<std::string> Upstream(const Json& options) {
  const std::string upstream = TRY(At<std::string>(options, "/upstream"));
  if (options.size() != 1) return Error(ErrorKind::kInvalidInput, "options: a mock takes upstream and nothing else");
  return upstream;
}

class Mock final : public Component, public PrincipalRegistry, public CallLedger {
 public:
  Mock(const StartContext& context, const Endpoint& endpoint, std::string upstream, std::optional<Service> service,
       Secret token)
      : name_(context.name),
        upstream_(std::move(upstream)),
        endpoint_(endpoint),
        service_(std::move(service)),
        token_(std::move(token)),
        client_(endpoint_),
        outputs_{{"address", {.value = endpoint_.Url(), .routed = true}}} {}

  // Where whoever may read the ledger finds the token for it.
  void TellTokenFile(const std::string& path) { outputs_["control_token_file"] = {.value = path, .routed = false}; }

  const std::string& name() const override { return name_; }
  std::string version() const override { return "mock " + upstream_; }
  Endpoint endpoint() const override { return endpoint_; }
  Outputs outputs() const override { return outputs_; }
  Result<void> Check() override {
    if (const auto exit = service_ ? service_->exited() : std::nullopt) {
      return Error(ErrorKind::kUnavailable, name_ + " ended (" + *exit + ")" + LastWords(*service_));
    }
    TRY(Order("GET", "status", nullptr).While("check " + name_));
    return {};
  }
  std::string LogTail(size_t lines) const override { return service_ ? service_->LogTail(lines) : ""; }
  std::vector<std::string> log_paths() const override {
    return service_ ? std::vector<std::string>{service_->log_path()} : std::vector<std::string>();
  }

  Result<Assigned> Add(const std::vector<Principal>& principals) override;
  Result<size_t> Verify(const std::vector<Principal>& principals) override;
  Result<void> Remove(const std::vector<Principal>& principals) override;

  Result<uint64_t> Mark() override {
    const Json status = TRY(Order("GET", "status", nullptr));
    return At<uint64_t>(status, "/mark");
  }
  Result<std::vector<LedgerEntry>> Since(uint64_t mark) override;
  Result<void> Disturb(std::string_view account, int status) override {
    const Json body = {{"account", std::string(account)}, {"status", status}};
    TRY(Order("PUT", "disturb", body).While("disturb " + name_));
    return {};
  }

 private:
  Result<Json> Order(const std::string& method, const std::string& action, const Json& body);
  Result<HttpResponse> Get(const std::string& target, const Account& as);
  Result<void> VerifyOne(const Account& account, const std::string& own, const std::string& foreign);

  const std::string name_;
  const std::string upstream_;
  const Endpoint endpoint_;
  std::optional<Service> service_;  // none: others started it
  const Secret token_;
  HttpClient client_;
  Outputs outputs_;

  std::mutex mutex_;
  std::map<std::string, std::string> own_;  // account -> target of its private thing
};

Result<Json> Mock::Order(const std::string& method, const std::string& action, const Json& body) {
  HttpRequest request;
  request.method = method;
  request.target = "/_control/" + action;
  request.headers.Add("Authorization", "Bearer " + token_.Reveal());
  if (!body.is_null()) request.body = Dump(body);
  const HttpResponse response = TRY(client_.Send(request, Deadline::In(kPatience)));
  Json answer = TRY(ParseJson(response.body));
  if (response.status == 200) return answer;
  return Error(ErrorKind::kRefused, method + " " + request.target + ": " + std::to_string(response.status) + ": " +
                                        AtOr<std::string>(answer, "/error", ""));
}

Result<Assigned> Mock::Add(const std::vector<Principal>& principals) {
  Json people = Json::array();
  for (const Principal& principal : principals) {
    const auto account = principal.accounts.find(upstream_);
    if (account == principal.accounts.end()) continue;
    people.push_back(ToJson(Person{.account = account->second.login,
                                   .tag = principal.tag,
                                   .canary = account->second.canary,
                                   .groups = {principal.groups.begin(), principal.groups.end()},
                                   .token = account->second.token}));
  }
  if (people.empty()) return Assigned();
  const Json body = {{"people", people}};
  const Json answer = TRY(Order("PUT", "people", body).While("add people to " + name_));
  const Json own = TRY(At<Json>(answer, "/own"));
  const std::lock_guard lock(mutex_);
  for (const auto& [account, target] : own.items()) {
    if (target.is_string()) own_[account] = target.get<std::string>();
  }
  return Assigned();
}

Result<HttpResponse> Mock::Get(const std::string& target, const Account& as) {
  HttpRequest request;
  request.target = target;
  request.headers.Add("Authorization", "Basic " + Base64(as.login + ":" + as.token.Reveal()));
  return client_.Send(request, Deadline::In(kPatience));
}

Result<void> Mock::VerifyOne(const Account& account, const std::string& own, const std::string& foreign) {
  const HttpResponse mine = TRY(Get(own, account));
  if (mine.status != 200 || mine.body.find(account.canary) == std::string::npos) {
    return Error(ErrorKind::kProtocol, "GET " + own + ": " + std::to_string(mine.status) + " without the canary");
  }
  if (foreign.empty()) return {};
  const HttpResponse others = TRY(Get(foreign, account));
  if (others.status == 404) return {};
  return Error(ErrorKind::kProtocol, "GET " + foreign + ", which is another's: " + std::to_string(others.status));
}

Result<size_t> Mock::Verify(const std::vector<Principal>& principals) {
  std::map<std::string, std::string> own;
  {
    const std::lock_guard lock(mutex_);
    own = own_;
  }
  size_t compared = 0;
  for (const Principal& principal : principals) {
    const auto account = principal.accounts.find(upstream_);
    if (account == principal.accounts.end()) continue;
    const std::string attempt = "verify " + principal.persona + " in " + name_;
    const auto target = own.find(account->second.login);
    if (target == own.end()) return Error(ErrorKind::kInvalidInput, attempt + ": it was not added");
    std::string foreign;
    for (const auto& [login, theirs] : own) {
      if (login != account->second.login) foreign = theirs;
    }
    TRY(VerifyOne(account->second, target->second, foreign).While(attempt));
    compared += foreign.empty() ? size_t{1} : size_t{2};
  }
  return compared;
}

Result<void> Mock::Remove(const std::vector<Principal>& principals) {
  Json accounts = Json::array();
  for (const Principal& principal : principals) {
    const auto account = principal.accounts.find(upstream_);
    if (account != principal.accounts.end()) accounts.push_back(account->second.login);
  }
  if (accounts.empty()) return {};
  const Json body = {{"accounts", accounts}};
  TRY(Order("DELETE", "people", body).While("remove people from " + name_));
  const std::lock_guard lock(mutex_);
  for (const Json& account : accounts) own_.erase(account.get_ref<const std::string&>());
  return {};
}

Result<std::vector<LedgerEntry>> Mock::Since(uint64_t mark) {
  const Json answer = TRY(Order("GET", "ledger?since=" + std::to_string(mark), nullptr));
  const Json found = TRY(At<Json>(answer, "/entries"));
  std::vector<LedgerEntry> entries;
  for (const Json& each : found) entries.push_back(TRY(ParseLedgerEntry(each).While("read the ledger of " + name_)));
  return entries;
}

Result<std::unique_ptr<Component>> StartMock(const StartContext& context, const std::string& program) {
  std::string upstream = TRY(Upstream(context.options));
  const std::string directory = TRY(context.launcher.MakeDirectory(context.name, ""));
  Secret token = Secret::Random();
  context.born(token, "control-token");
  const std::string token_file = directory + "/control-token";
  TRY(WriteToken(token_file, token));
  ServiceSpec spec;
  spec.name = context.name;
  spec.argv = {program, "--listen", context.port->endpoint().Authority(), "--control-token-file", token_file};
  spec.directory = directory;
  // Without the token its control interface says 401, which nothing else would.
  spec.ready = HttpOk{.endpoint = context.port->endpoint(), .target = "/_control/status", .statuses = {401}};
  Service service = TRY(context.launcher.Launch(std::move(spec)));
  std::unique_ptr<Component> mock = std::make_unique<Mock>(context, context.port->endpoint(), std::move(upstream),
                                                           std::move(service), std::move(token));
  TRY(mock->Check());
  return mock;
}

std::string TokenFileOf(const Attachment& attachment) { return attachment.folder + "/control-token"; }

Result<void> PrepareMock(const Json& options, const Attachment& attachment) {
  TRY(Upstream(options));
  const std::string path = TokenFileOf(attachment);
  return ::access(path.c_str(), F_OK) == 0 ? Result<void>() : WriteToken(path, Secret::Random());
}

Result<std::unique_ptr<Component>> AttachMock(const StartContext& context, const Attachment& attachment) {
  std::string upstream = TRY(Upstream(context.options));
  std::ifstream file(TokenFileOf(attachment));
  std::string line;
  if (!std::getline(file, line) || line.empty()) {
    return Error(ErrorKind::kUnavailable, "read a control token from " + TokenFileOf(attachment));
  }
  Secret token(std::move(line));
  context.born(token, "control-token");
  auto mock = std::make_unique<Mock>(context, attachment.endpoint, std::move(upstream), std::nullopt, std::move(token));
  mock->TellTokenFile(TokenFileOf(attachment));
  TRY(mock->Check());
  return std::unique_ptr<Component>(std::move(mock));
}

}  // namespace

Driver MockDriver(std::string name, std::string program, MockedService service) {
  Driver driver;
  driver.name = std::move(name);
  driver.speech = Protocol::kHttp;
  driver.hints.options_schema = kOptions;
  if (!service.words.empty()) driver.hints.init = InitHintsOf(driver.name, std::move(service.words));
  driver.upstream = [](const Json& options) { return Upstream(options).value_or(""); };
  driver.secret_shapes = std::move(service.secret_shapes);
  driver.client_fields = std::move(service.client_fields);
  driver.outputs = [](const Json& options, const Endpoint& endpoint) -> Result<Outputs> {
    TRY(Upstream(options));
    return Outputs{{"address", {.value = endpoint.Url(), .routed = true}}};
  };
  driver.start = [program](const StartContext& context) { return StartMock(context, program); };
  driver.prepare = [](const std::string&, const Json& options, const Attachment& attachment, const Keyring&) {
    return PrepareMock(options, attachment);
  };
  driver.attach = AttachMock;
  return driver;
}

}  // namespace iff
