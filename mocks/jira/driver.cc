#include "mocks/jira/driver.h"

#include <utility>

#include "mocks/mock.h"

namespace iff {

Driver JiraMockDriver(std::string program) {
  return MockDriver(
      "mock-jira", std::move(program),
      {.words = {"JIRA", "ATLASSIAN"},
       .secret_shapes = {{.kind = "a token of Atlassian", .begins = "ATATT3x", .least = 50}},
       .client_fields = {.where = {{"X-Jira-Url", "{elsewhere}"}, {"X-Atlassian-Jira-Url", "{elsewhere}"}}}});
}

}  // namespace iff
