// A mock of GitHub's REST API: repositories of the two organisations are public; each account owns
// a public and a private repository, whose description and issue carry the canary.
//
// https://docs.github.com/en/rest
#pragma once

#include <memory>

#include "mocks/server.h"

namespace iff {

std::unique_ptr<MockApi> MakeGithub();

}  // namespace iff
