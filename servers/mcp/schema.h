// JSON Schema 2020-12 for tool arguments and results, compiled once at start.
//
//   const Schema schema = TRY(Schema::Compile(tool.input_schema));
//   if (const auto violation = schema.Violation(arguments)) ...   // "/limit: above the maximum"
//
// Knows the validation and applicator vocabularies but not unevaluated* and $dynamicRef; a schema that
// uses those, an unknown type, or a $ref out of itself does not compile: nothing is fetched, nothing is
// silently let through. `format` and unknown keywords are annotations.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/core/json.h"

namespace iff {

class Schema {
 public:
  static Result<Schema> Compile(const Json& schema);
  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  ~Schema();

  // The first violation as "/pointer: reason", or nothing. Bounded work: a value that takes more steps
  // than an honest one ever could is a violation too.
  std::optional<std::string> Violation(const Json& value) const;

 private:
  struct Compiled;
  explicit Schema(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace iff
