// How a request is tampered with, one function a way: what the tables of tampered requests are made of.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/jose/forge.h"
#include "harness/net/http.h"
#include "harness/run/tamper/tamper.h"

namespace iff::tamper {

using Change = std::function<void(HttpRequest& request, const Tampering& with)>;

struct TamperedRequest {
  Attack attack = {};
  Change change = {};
  bool declared_alone = false;  // it sends nothing but what drivers declare of those who ask for others
};

inline constexpr std::string_view kTransports = "MCP 2025-11-25 transports, security warning";
inline constexpr std::string_view kVersionField = "MCP 2025-11-25 transports, protocol version header";
inline constexpr std::string_view kMirrored = "MCP 2026-07-28 transports, mirrored fields";
inline constexpr std::string_view kMessages = "MCP 2025-11-25 base protocol, messages";
inline constexpr std::string_view kRequestObject = "JSON-RPC 2.0 section 4";
inline constexpr std::string_view kNewest = "2026-07-28";
// The name resolves nowhere (RFC 6761 section 6.4).
inline constexpr std::string_view kElsewhere = "http://elsewhere.example.invalid";

Change Field(std::string name, std::string value);
Change NoField(std::string name);
Change Twice(std::string name);
// Fields as drivers declare them.
void Send(HttpRequest& request, const std::vector<ClientField>& fields, const std::string& other);
// Of the message as text: what no JSON library would write.
Change Text(std::function<std::string(const std::string&)> change);
Change Message(std::function<void(Json&)> change);
Change Id(Json id);
// A member more at the front of the message, or of its object `in`.
Change MemberBefore(const std::string& in, const std::string& member);
// Of the bytes that go out: `head` ends with the line end of its last field, `body` begins behind the blank line.
Change Bytes(std::function<void(std::string& head, std::string& body)> change);
// Takes a field's lines out of `head`; answers its value, "" for none.
std::string TakeField(std::string& head, const std::string& name);
// The body has two lengths, and is a message by either: a blank behind it counts or not.
Change Lengths(std::function<std::string(size_t)> lines);
std::string InHex(size_t number);
// In one chunk whose size is written as `size` makes it, and with these fields behind it.
Change Chunked(std::function<std::string(size_t)> size, const std::string& codings = "Transfer-Encoding: chunked\r\n",
               const std::string& trailers = "");
Change Line(const std::string& line);
Change Host(const std::string& lines);

// ---- the tables, a file each
std::vector<TamperedRequest> TamperedCredentials();  // the credential written in another way
std::vector<TamperedRequest> TamperedFraming();      // what two readers of HTTP could understand differently
std::vector<TamperedRequest> TamperedFields();       // header fields
std::vector<TamperedRequest> TamperedBodies();       // the JSON-RPC message

}  // namespace iff::tamper
