// The names that identity had before harness/identity: gone once all that is under way uses the new ones.
#pragma once

#include "harness/identity/credential.h"
#include "harness/identity/issuer.h"
#include "harness/identity/principal.h"

namespace iff {

using Principal = Principal;
using Account = Account;
using PrincipalRegistry = PrincipalRegistry;

}  // namespace iff
