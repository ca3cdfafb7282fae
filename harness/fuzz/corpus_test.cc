#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include "harness/fuzz/targets.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
const fs::path kCorpus = "harness/fuzz/corpus";

std::vector<std::string> SeedsOf(std::string_view target) {
  std::vector<std::string> seeds;
  for (const auto& file : fs::directory_iterator(kCorpus / target)) {
    std::ifstream in(file.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    seeds.push_back(text.str());
  }
  return seeds;
}

TEST(FuzzTargets, HaveSeedsEachAndNoOthersLieThere) {
  std::set<std::string> names;
  for (const FuzzTarget& target : FuzzTargets()) {
    names.insert(std::string(target.name));
    ASSERT_TRUE(fs::is_directory(kCorpus / target.name)) << target.name;
    EXPECT_FALSE(SeedsOf(target.name).empty()) << target.name;
  }
  for (const auto& folder : fs::directory_iterator(kCorpus)) {
    EXPECT_TRUE(names.contains(folder.path().filename())) << folder.path();
  }
}

// What a fuzzer would do first, so that a build without one has tried it: bytes changed, cut, doubled.
TEST(FuzzTargets, TakeTheirSeedsAndWhatIsNearThem) {
  std::mt19937 random(1);
  for (const FuzzTarget& target : FuzzTargets()) {
    for (const std::string& seed : SeedsOf(target.name)) {
      target.run(seed);
      for (int i = 0; i < 100; ++i) {
        std::string near = seed;
        for (int change = 0; change < 3 && !near.empty(); ++change) {
          const size_t at = random() % near.size();
          switch (random() % 4) {
            case 0:
              near[at] = static_cast<char>(random());
              break;
            case 1:
              near.erase(at, random() % 8 + 1);
              break;
            case 2:
              near.insert(at, near.substr(at, random() % 16));
              break;
            default:
              near.resize(at);
          }
        }
        target.run(near);
      }
    }
  }
}

}  // namespace
}  // namespace iff
