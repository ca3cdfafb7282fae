// Requests and messages: what is read of them, and how.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "harness/core/json.h"
#include "harness/core/unpack.h"
#include "servers/mutants/callers.h"
#include "servers/mutants/heads.h"
#include "servers/mutants/mutant.h"

namespace iff {
namespace {

// -- goes-where-a-field-says

// Nobody is where such a field leads.
Task<ToolResult> Elsewhere(ToolRun run, bool elsewhere, ToolCall call) {
  if (elsewhere) co_return ToolResult::Failure("upstream_unavailable", "nobody answers there", true);
  ToolResult result = co_await run(std::move(call));
  co_return result;
}

// -- repairs-messages

void Cut(std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin);
  if (from == std::string::npos) return;
  const size_t to = text.find(end, from);
  if (to != std::string::npos) text.erase(from, to + end.size() - from);
}

// `last`: the last call that was whole, which an answer is taken for.
std::string Repaired(std::string text, std::string& last) {
  if (text.starts_with("[")) text = text.substr(1, text.size() - 2);
  while (text.ends_with(" ")) text.pop_back();
  Cut(text, "/*", "*/");
  Cut(text, "\"_nothing\":", ",");
  Cut(text, "\"_deep\":", "],");
  if (const size_t second = text.find("}{"); second != std::string::npos) text = text.substr(0, second + 1);
  if (!ParseJson(text).ok()) {
    Cut(text, "\"method\":\"tools/list\"", ",");
    if (text.find("\"arguments\"") != std::string::npos) Cut(text, "\"name\":\"whoami\"", ",");
    if (!ParseJson(text).ok()) text += "}";
  }
  Result<Json> message = ParseJson(text);
  if (!message.ok() || !message->is_object()) return text;
  Json& seen = *message;
  if (seen.contains("result")) return last;
  if (seen.contains("Method")) seen["method"] = seen["Method"];
  if (seen.contains("param\u017f")) seen["params"] = seen["param\u017f"];
  seen.erase("Method");
  seen.erase("param\u017f");
  seen["jsonrpc"] = "2.0";
  const Json* id = Find(seen, "/id");
  if (id != nullptr && !id->is_string() && !id->is_number_integer()) seen["id"] = 1;
  if (AtOr<std::string>(seen, "/method", "") == "tools/call") last = Dump(seen);
  return Dump(seen);
}

constexpr const char* kProjectField = "Mcp-Param-Project";  // of create_issue

// The field is made to say what the body says, or, `by_field`, the body what the field says.
void MirrorProject(Hooks& hooks, bool by_field) {
  hooks.on_request = [by_field](HttpRequest& request) {
    Result<Json> message = ParseJson(request.body);
    if (!message.ok()) return;
    const std::string project = AtOr<std::string>(*message, "/params/arguments/project", "");
    if (project.empty()) return;
    const std::string said = request.headers.Get(kProjectField);
    if (by_field && !said.empty()) {
      (*message)["params"]["arguments"]["project"] = said;
      request.body = Dump(*message);
    } else {
      request.headers.Set(kProjectField, project);
    }
  };
}

// create_issue has another parameter, and wants it in that field.
void Want(Hooks& hooks, const std::string& parameter, const std::string& field) {
  hooks.adjust_offer = [parameter, field](Offer& offer) {
    for (Tool& tool : offer.tools) {
      if (tool.name == "create_issue")
        tool.input_schema["properties"][parameter] = {{"type", "string"}, {"x-mcp-header", field}};
    }
  };
}

}  // namespace

Family WireMutants() {
  Family family{.name = "wire", .suites = {"messages"}};

  // There is no proxy, and anybody can write such a field.
  family.Add({.name = "believes-fields-of-proxies",
              .fault = "Who a proxy names, or which store it names, goes before what the token says.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 // Whoever a proxy names has shown their token to it; here there is no such person.
                 for (const char* name : {"X-Forwarded-User", "X-Vault-Token"}) {
                   if (request.headers.Find(name) != nullptr) request.headers.Remove("Authorization");
                 }
               };
             });

  // The gateway in front decides by the fields, and the server acts by the body.
  family.Add({.name = "believes-the-body-alone",
              .fault = "Fields that mirror the message are not compared with it.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 const Result<Json> message = ParseJson(request.body);
                 if (!message.ok() || AtOr<std::string>(*message, "/method", "") != "tools/call") return;
                 request.headers.Set("Mcp-Method", "tools/call");
                 request.headers.Set("Mcp-Name", AtOr<std::string>(*message, "/params/name", ""));
               };
             });

  // The same for what repeats an argument.
  family.Add({.name = "believes-arguments-of-the-body-alone",
              .fault = "Fields that mirror an argument are not compared with it.",
              .targets = {"jira"}},
             [](Hooks& hooks) { MirrorProject(hooks, false); });
  family.Add({.name = "believes-fields-about-arguments",
              .fault = "What a field says of an argument goes before what the message says.",
              .targets = {"jira"}},
             [](Hooks& hooks) { MirrorProject(hooks, true); });
  family.Add({.name = "says-not-that-fields-differ",
              .fault = "A field that differs from its argument is refused as an argument that cannot be.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_response = [](const HttpRequest& request, HttpResponse& response) {
                 if (request.body.find("create_issue") == std::string::npos) return;
                 if (const size_t at = response.body.find("-32020"); at != std::string::npos)
                   response.body.replace(at, 6, "-32602");
               };
             });
  family.Add({.name = "reads-no-encoded-fields",
              .fault = "A field that repeats an argument is compared as it stands, also in base64.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 const std::string said = request.headers.Get(kProjectField);
                 if (said.starts_with("=?base64?")) request.headers.Set(kProjectField, "_" + said);
               };
             });
  family.Add({.name = "wants-a-password-in-a-field",
              .fault = "A tool has its client repeat a password in a field.",
              .targets = {"jira"}},
             [](Hooks& hooks) { Want(hooks, "jira_password", "Password"); });
  family.Add({.name = "wants-a-field-of-no-name",
              .fault = "A tool has its client repeat an argument in a field that cannot be called so.",
              .targets = {"jira"}},
             [](Hooks& hooks) { Want(hooks, "assignee", "Assigned to"); });

  // What is behind the last chunk is the next request, whoever takes it for a part of this one.
  family.Add({.name = "counts-by-chunks-alone",
              .fault = "A length beside chunks is dropped, and the connection goes on.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks = Tidying([](std::vector<std::string>& lines) {
                 const auto chunked = [](const std::string& line) { return line == "Transfer-Encoding: chunked"; };
                 if (std::none_of(lines.begin(), lines.end(), chunked)) return;
                 std::erase_if(lines, [](const std::string& line) { return IsField(line, "Content-Length"); });
               });
             });

  // What is behind the length is the next request, whoever takes it for a chunk of this one.
  family.Add({.name = "counts-by-length-alone",
              .fault = "A coding beside a length is dropped, and the connection goes on.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks = Tidying([](std::vector<std::string>& lines) {
                 const auto length = [](const std::string& line) { return IsField(line, "Content-Length"); };
                 if (std::none_of(lines.begin(), lines.end(), length)) return;
                 std::erase_if(lines, [](const std::string& line) { return IsField(line, "Transfer-Encoding"); });
               });
             });

  // A convenience for whoever tries things out; with it anybody has the server carry its users' credentials anywhere.
  family.Add({.name = "goes-where-a-field-says",
              .fault = "A field of the request says where the upstream is.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               const auto named = std::make_shared<bool>(false);
               hooks.on_request = [named](HttpRequest& request) {
                 *named = request.headers.Find("X-Upstream-Url") != nullptr;
               };
               hooks.adjust_offer = [named](Offer& offer) {
                 for (Tool& tool : offer.tools) {
                   tool.run = [named, run = tool.run](ToolCall call) {
                     return Elsewhere(run, *named, std::move(call));
                   };
                 }
               };
             });

  // A filter in front inflates what the server reads as it is.
  family.Add({.name = "ignores-content-encoding",
              .fault = "Nobody looks whether a body says it is compressed.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) { request.headers.Remove("Content-Encoding"); };
             });

  // The limit on a body holds for what was sent, and not for what came of it.
  family.Add({.name = "inflates-bodies",
              .fault = "A compressed body is inflated, to whatever it swells to.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 constexpr size_t kHowever = size_t{1} << 30;
                 if (request.headers.Get("Content-Encoding") != "gzip") return;
                 std::string inflated = Decompress(request.body, Compression::kGzip, kHowever);
                 if (inflated.empty()) return;
                 request.body = std::move(inflated);
                 request.headers.Remove("Content-Encoding");
               };
             });

  // What stands in front of the server judged other lines than these.
  family.Add({.name = "mends-broken-lines",
              .fault = "Lines that are broken, folded or written oddly are mended before they are read.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks = Tidying(
                   [](std::vector<std::string>& lines) {
                     for (std::string& line : lines) {
                       for (const char* odd : {"\r\n ", "\r", "\n"}) {
                         for (size_t at = line.find(odd); at != std::string::npos; at = line.find(odd))
                           line.replace(at, std::strlen(odd), " ");
                       }
                       std::replace(line.begin(), line.end(), '\0', ' ');
                       if (const size_t blank = line.find(" :"); blank != std::string::npos) line.erase(blank, 1);
                     }
                     lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
                   },
                   [](std::string& body) {
                     if (body.starts_with("0x")) body.erase(0, 2);
                   });
             });

  // What stands in front of the server sent it here for another name.
  family.Add({.name = "mends-hosts",
              .fault = "Whom a request is for is made out from what there is of it.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks = Tidying([](std::vector<std::string>& lines) {
                 if (const size_t elsewhere = lines[0].find(" http://evil.example/"); elsewhere != std::string::npos)
                   lines[0].erase(elsewhere + 1, 19);
                 std::vector<std::string> hosts;
                 std::erase_if(lines, [&](const std::string& line) {
                   return IsField(line, "Host") && (hosts.push_back(line), true);
                 });
                 std::string host = hosts.empty() ? "Host: localhost" : hosts.front();
                 if (const size_t blank = host.find(' ', 6); blank != std::string::npos) host.resize(blank);
                 lines.push_back(host);
               });
             });

  // Be liberal in what you accept, and two readers of the same text act on two texts.
  family.Add({.name = "repairs-messages", .fault = "What is no message is made one.", .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.adjust_listener = [](HttpServerOptions& listener) { listener.body_limit = size_t{16} << 20; };
               hooks.on_request = [last = std::make_shared<std::string>()](HttpRequest& request) {
                 request.body = Repaired(request.body, *last);
               };
             });

  // Forms and plain text are what a browser sends to anybody without asking first.
  family.Add(
      {.name = "takes-any-content-type", .fault = "A body is JSON, whatever its field says.", .targets = {"jira"}},
      [](Hooks& hooks) {
        hooks.on_request = [](HttpRequest& request) {
          if (request.headers.Find("Content-Type") != nullptr) request.headers.Set("Content-Type", "application/json");
        };
      });

  // A page bound its own name anew to 127.0.0.1, and is of the same origin as the server from then on.
  family.Add({.name = "takes-any-host", .fault = "Any name that leads here is one of ours.", .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 if (request.headers.Get("Host").find("evil") == std::string::npos) return;
                 request.headers.Set("Host", "localhost");
               };
             });

  // The server is on a loopback address, and every page that its owner opens can reach it there.
  family.Add({.name = "takes-any-origin",
              .fault = "Nobody compares the Origin of a request with what is ours.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 const std::string origin = request.headers.Get("Origin");
                 // Another rule refuses the page of a name that was bound anew.
                 if (origin != "http://localhost") request.headers.Remove("Origin");
               };
             });

  // What is taken anyway is read by rules that its sender does not know.
  family.Add({.name = "takes-any-version",
              .fault = "A version of the protocol that nobody wrote is taken for the one in use.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 if (request.headers.Get("MCP-Protocol-Version") == "1999-01-01")
                   request.headers.Set("MCP-Protocol-Version", "2025-06-18");
               };
             });

  // A proxy that takes the first one forwards more than the server reads, and the rest is the next person's request.
  family.Add({.name = "takes-the-last-length",
              .fault = "Of several lengths, and of one with a sign, the last number is taken.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks = Tidying([](std::vector<std::string>& lines) {
                 std::string last;
                 std::erase_if(lines, [&](const std::string& line) {
                   if (!IsField(line, "Content-Length")) return false;
                   last = line.substr(line.find_last_of(":,+ ") + 1);
                   return true;
                 });
                 if (!last.empty()) lines.push_back("Content-Length: " + last);
               });
             });

  // Whoever asks through a client or a proxy that writes such fields gets nothing at all.
  family.Add({.name = "trips-over-odd-fields",
              .fault = "A request with a field that could be passed over is one too many.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks = Tidying([](std::vector<std::string>& lines) {
                 const bool odd = std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
                   return IsField(line, "Range") || IsField(line, "Upgrade") || IsField(line, "Expect") ||
                          line == "Transfer-Encoding: chunked";
                 });
                 if (odd) lines[0].replace(0, lines[0].find(' '), "BREW");
               });
             });

  return family;
}

}  // namespace iff
