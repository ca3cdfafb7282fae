#include "mocks/github/driver.h"

#include <utility>

#include "mocks/mock.h"

namespace iff {

Driver GithubMockDriver(std::string program) {
  const std::string kind = "a token of GitHub";
  return MockDriver("mock-github", std::move(program),
                    {.words = {"GITHUB"},
                     .secret_shapes = {{.kind = kind, .begins = "ghp_", .least = 36},
                                       {.kind = kind, .begins = "gho_", .least = 36},
                                       {.kind = kind, .begins = "ghs_", .least = 36},
                                       {.kind = kind, .begins = "github_pat_", .least = 50}},
                     .client_fields = {.where = {{"X-GitHub-Api-Url", "{elsewhere}"}}}});
}

}  // namespace iff
