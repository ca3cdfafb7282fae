// The names that identity had before harness/identity: gone once all that is under way uses the new ones.
#pragma once

#include "harness/identity/credential.h"
#include "harness/identity/issuer.h"
#include "harness/identity/principal.h"

namespace iff {

using Subject = Principal;
using Holding = Account;
using SubjectRegistry = PrincipalRegistry;

}  // namespace iff
