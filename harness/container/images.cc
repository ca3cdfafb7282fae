#include "harness/container/images.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "harness/core/bytes.h"
#include "harness/core/json.h"

namespace iff {
namespace {

Result<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error(ErrorKind::kInvalidInput, "read " + path + ": no such file");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Result<PinnedImage> ReadImage(const std::string& name, const Json& json) {
  static const std::set<std::string> kKnown = {"reference", "version", "digest", "local", "holds", "made_of"};
  const std::string where = "image " + name;
  if (!json.is_object()) return Error(ErrorKind::kInvalidInput, where + ": not an object");
  for (const auto& [key, value] : json.items()) {
    if (!kKnown.contains(key)) return Error(ErrorKind::kInvalidInput, where + ": no such member: " + key);
  }
  PinnedImage image{.name = name};
  image.reference = AtOr<std::string>(json, "/reference", "");
  image.version = TRY(At<std::string>(json, "/version").While(where));
  image.digest = AtOr<std::string>(json, "/digest", "");
  image.local = TRY(At<std::string>(json, "/local").While(where));
  if (!image.digest.empty() && (!image.digest.starts_with("sha256:") || image.digest.size() != 71)) {
    return Error(ErrorKind::kInvalidInput, where + ": digest: not sha256: and 64 digits: " + image.digest);
  }
  const Json holds = TRY(At<Json>(json, "/holds").While(where));
  for (const auto& [what, path] : holds.items()) {
    if (!path.is_string() || !path.get_ref<const std::string&>().starts_with('/')) {
      return Error(ErrorKind::kInvalidInput, where + ": holds " + what + ": not an absolute path");
    }
    image.holds[what] = path.get<std::string>();
  }
  for (const Json& program : AtOr<Json>(json, "/made_of", Json::array())) {
    if (!program.is_string()) return Error(ErrorKind::kInvalidInput, where + ": made_of: not names of programs");
    image.made_of.push_back(program.get<std::string>());
  }
  return image;
}

}  // namespace

std::string PinnedImage::Wanted() const {
  if (digest.empty()) return reference;
  return reference.substr(0, reference.find(':')) + "@" + digest;
}

Result<std::vector<PinnedImage>> LoadImagesLock(const std::string& path) {
  const std::string text = TRY(ReadWhole(path));
  const Json json = TRY(ParseJson(text).While("read " + path));
  const Json images = TRY(At<Json>(json, "/images").While("read " + path));
  std::vector<PinnedImage> all;
  for (const auto& [name, image] : images.items()) all.push_back(TRY(ReadImage(name, image).While("read " + path)));
  if (all.empty()) return Error(ErrorKind::kInvalidInput, "read " + path + ": no image in it");
  return all;
}

std::vector<ImageRule> RulesFor(const std::vector<PinnedImage>& images, const std::vector<NativePlace>& places) {
  std::vector<ImageRule> rules;
  for (const NativePlace& place : places) {
    for (const PinnedImage& image : images) {
      const auto held = image.holds.find(place.holds);
      if (held == image.holds.end()) continue;
      rules.push_back({.directory = place.directory,
                       .image = image.local,
                       .in_image = place.shared ? place.directory : held->second,
                       .programs = image.made_of.empty() ? place.programs : image.made_of,
                       .always = place.always});
    }
  }
  return rules;
}

std::optional<PlacedProgram> PlaceOf(std::string_view program, const std::vector<ImageRule>& rules) {
  const ImageRule* best = nullptr;
  for (const ImageRule& rule : rules) {
    const bool below = program.starts_with(rule.directory) && program.size() > rule.directory.size() &&
                       program[rule.directory.size()] == '/';
    const bool held =
        below && (rule.programs.empty() || std::find(rule.programs.begin(), rule.programs.end(),
                                                     program.substr(rule.directory.size() + 1)) != rule.programs.end());
    if (held && (best == nullptr || rule.directory.size() > best->directory.size())) best = &rule;
  }
  if (best == nullptr) return std::nullopt;
  return PlacedProgram{.image = best->image,
                       .program = best->in_image + std::string(program.substr(best->directory.size()))};
}

Result<std::string> FingerprintOf(const std::string& directory, const std::vector<std::string>& programs) {
  std::vector<std::string> sorted = programs;
  std::sort(sorted.begin(), sorted.end());
  // As `sha256sum PROGRAM ...` prints it, so that the script that makes the image needs nothing of ours.
  std::string lines;
  for (const std::string& program : sorted) {
    const std::string content = TRY(ReadWhole(directory + "/" + program));
    lines += Hex(Sha256(content)) + "  " + program + "\n";
  }
  return Hex(Sha256(lines));
}

}  // namespace iff
