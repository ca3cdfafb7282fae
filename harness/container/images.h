// Which image holds which program: docker/images.lock.json, and the places where the same programs lie natively.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace iff {

// One entry of the lock file.
struct PinnedImage {
  std::string name = {};       // "vault"
  std::string reference = {};  // the official image; "" for one of ours, which no registry has
  std::string version = {};
  std::string digest = {};  // "sha256:..."; "" while nobody could ask a registry
  std::string local = {};   // its stand-in made by docker/local-images, with everything in the same places
  std::map<std::string, std::string> holds = {};  // "openbao" -> "/bin"
  std::vector<std::string> made_of = {};          // programs of ours that are in it
  // Where the digest is known it is what is asked for.
  std::string Wanted() const;
};

// kInvalidInput names what is wrong with the file.
Result<std::vector<PinnedImage>> LoadImagesLock(const std::string& path);

// A folder of ours and what it holds: {"openbao", "<cache>/components/openbao-2.4.0"}.
struct NativePlace {
  std::string holds = {};
  std::string directory = {};
  // The programs the place is for, below the directory: {"bao"}. Everything below it where none is named, which is for
  // folders that hold nothing else; a program that is installed may lie in /usr/bin, beside what is tested. Of ours
  // those the image is made of, whatever is said here.
  std::vector<std::string> programs = {};
  // Prepared by earlier runs: containers see it at the same path, and its programs run in the image that holds the
  // rest.
  bool shared = false;
  // Without its image no run begins. Otherwise only what needs it fails.
  bool always = false;
};

// Programs below `directory` here are below `in_image` of `image`: those that are named, or all.
struct ImageRule {
  std::string directory = {};
  std::string image = {};
  std::string in_image = {};
  std::vector<std::string> programs = {};
  bool always = true;  // as of the place
};

// The rule of every place that an image is for.
std::vector<ImageRule> RulesFor(const std::vector<PinnedImage>& images, const std::vector<NativePlace>& places);

// The rule for a program, the most specific one, and its path inside; nothing when no image holds it.
struct PlacedProgram {
  std::string image = {};
  std::string program = {};
};
std::optional<PlacedProgram> PlaceOf(std::string_view program, const std::vector<ImageRule>& rules);

// What the programs of a folder are, in one number: an image made from others is found out by its label.
inline constexpr const char* kProgramsLabel = "iff.programs";
Result<std::string> FingerprintOf(const std::string& directory, const std::vector<std::string>& programs);

}  // namespace iff
