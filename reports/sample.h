// Hand-made results that the tests draw reports from.
#pragma once

#include "harness/run/result.h"

namespace iff {

RunResult OneOfEach();  // a check of each verdict, known failures, one that passes against its listing
RunResult EveryKind();  // the same and more, with timelines, faults, a leak and an earlier run: for a browser
RunResult AllGreen();   // alice and bob at two servers
RunResult Hostile();    // every text tries to break out of where it is put
RunResult Large(int scenarios, int checks_each);  // with large bodies, alike but not the same

}  // namespace iff
