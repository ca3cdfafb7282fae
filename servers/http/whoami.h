// The tool every server has: who the server believes the caller is, and which credentials exist.
#pragma once

#include "servers/http/server_main.h"

namespace iff {

Tool WhoamiTool(const ServerContext& context);

}  // namespace iff
