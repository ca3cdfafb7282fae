// Every broken server there is: the shipped one with one decision replaced.
#pragma once

#include <string_view>
#include <vector>

#include "servers/http/seams.h"

namespace iff {

struct Mutant {
  std::string_view name = {};  // of its folder
  Seams (*seams)() = nullptr;
};

// By name.
const std::vector<Mutant>& Mutants();

}  // namespace iff
