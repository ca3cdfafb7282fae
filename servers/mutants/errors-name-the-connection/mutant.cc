#include <string>

#include "servers/http/seams.h"

namespace iff {

Seams ErrorsNameTheConnection() {
  Seams seams;
  seams.decorate_error = [](Failure& failure, const std::string& detail) {
    if (failure.code == "database_error") failure.message += ": " + detail + " sslmode=prefer password=********";
  };
  return seams;
}

}  // namespace iff
