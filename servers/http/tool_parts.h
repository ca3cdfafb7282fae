// Small parts of which tools are made.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "servers/http/server_main.h"

namespace iff {

// A JSON array of texts. One by one: g++ 12 sees ghosts when a whole container is converted.
template <class Texts>
Json TextArray(const Texts& texts) {
  Json array = Json::array();
  for (const auto& text : texts) array.push_back(text);
  return array;
}

// {"type": "string", "pattern": ..., "maxLength": ...}
inline Json TextSchema(const std::string& description, size_t most, const std::string& pattern = {}) {
  Json schema = Json::object();
  schema["type"] = "string";
  schema["description"] = description;
  schema["maxLength"] = most;
  if (!pattern.empty()) schema["pattern"] = pattern;
  return schema;
}

inline Json CountSchema(const std::string& description, int64_t least, int64_t most) {
  Json schema = Json::object();
  schema["type"] = "integer";
  schema["description"] = description;
  schema["minimum"] = least;
  schema["maximum"] = most;
  return schema;
}

// An object with these members and no others.
inline Json ObjectSchema(const Json& properties, std::initializer_list<const char*> required = {}) {
  Json schema = Json::object();
  schema["type"] = "object";
  schema["properties"] = properties;
  schema["additionalProperties"] = false;
  if (required.size() > 0) schema["required"] = TextArray(required);
  return schema;
}

inline Tool MakeTool(std::string name, std::string description, Json schema, bool read_only) {
  Tool tool;
  tool.name = std::move(name);
  tool.description = std::move(description);
  tool.input_schema = std::move(schema);
  tool.annotations = Json::object();
  tool.annotations["readOnlyHint"] = read_only;
  if (!read_only) tool.annotations["destructiveHint"] = false;
  tool.group = read_only ? "read" : "write";
  return tool;
}

inline Tool ReadTool(std::string scope, std::string name, std::string description, Json schema) {
  Tool tool = MakeTool(std::move(name), std::move(description), std::move(schema), true);
  tool.scope = std::move(scope);
  return tool;
}

inline Tool WriteTool(std::string scope, std::string name, std::string description, Json schema) {
  Tool tool = MakeTool(std::move(name), std::move(description), std::move(schema), false);
  tool.scope = std::move(scope);
  return tool;
}

}  // namespace iff
