// SPDX-License-Identifier: MIT
#include "trainer/data/dataset_layout.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view photographs = "leftImg8bit";
constexpr std::array<std::string_view, 5> splits{"train", "train_extra", "val", "test", "demoVideo"};
constexpr std::array<std::string_view, 3> annotations{"gtFine", "gtCoarse", "gtBbox"};

bool isFolder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool isSplit(const fs::path& path) {
  return std::find(splits.begin(), splits.end(), path.filename().native()) != splits.end() && isFolder(path);
}

// "01_labels".
bool isNumberedLabels(std::string_view name) {
  constexpr std::string_view suffix = "_labels";
  const std::size_t digits = name.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string_view::npos && name.substr(digits) == suffix;
}

bool isAnnotationFolder(const fs::path& path) {
  const std::string name = path.filename().string();
  const bool ofCityscapes = std::any_of(annotations.begin(), annotations.end(),
                                        [&](std::string_view word) { return name.starts_with(word); });
  return (ofCityscapes || isNumberedLabels(name)) && isFolder(path);
}

// "aachen_000000_000019_gtFine_color.png".
bool isAnnotationFile(const fs::path& path) {
  const std::string name = path.filename().string();
  return std::any_of(annotations.begin(), annotations.end(), [&](std::string_view word) {
    return name.find("_" + std::string(word)) != std::string::npos;
  });
}

bool isPhotograph(const fs::path& path) {
  return path.stem().native().ends_with("_leftImg8bit");
}

[[noreturn]] void refuseMissingSplit(const fs::path& folder, const std::string& phase,
                                     const std::vector<fs::path>& entries) {
  std::string there;
  for (const fs::path& entry : entries)
    if (isSplit(entry)) there += (there.empty() ? "" : ", ") + entry.filename().string();
  throw Error(ErrorKind::notFound, folder.string() + ": expected the split " + phase +
                                       " of Cityscapes, as --phase says, found " + there +
                                       "; unpack it there, or name the folder that is meant");
}

// Another split must not take the place of the one that is asked for: it is what a model is tested on.
fs::path splitOf(const fs::path& folder, const std::string& phase, const std::vector<fs::path>& entries) {
  for (const std::string& name : {phase, std::string(phase == "test" ? "val" : phase)})
    if (isFolder(folder / name)) return folder / name;
  refuseMissingSplit(folder, phase, entries);
}

}  // namespace

std::vector<fs::path> searchedEntries(const fs::path& folder, std::vector<fs::path> entries,
                                      const std::string& phase) {
  const auto find = [&](std::string_view name) {
    return std::find_if(entries.begin(), entries.end(), [&](const fs::path& entry) {
      return entry.filename().native() == name && isFolder(entry);
    });
  };
  if (const auto found = find(photographs); found != entries.end()) return {*found};
  if (folder.filename().native() == photographs && std::any_of(entries.begin(), entries.end(), isSplit)) {
    const fs::path split = splitOf(folder, phase, entries).filename();
    std::erase_if(entries, [&](const fs::path& entry) { return entry.filename() != split; });
    return entries;
  }
  const bool hasImages = find("images") != entries.end();
  const bool hasPhotographs = std::any_of(entries.begin(), entries.end(), isPhotograph);
  std::erase_if(entries, [&](const fs::path& entry) {
    return isAnnotationFolder(entry) || (hasPhotographs && isAnnotationFile(entry)) ||
           (hasImages && entry.filename().native() == "labels" && isFolder(entry));
  });
  return entries;
}

}  // namespace cut::trainer
