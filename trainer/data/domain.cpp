// SPDX-License-Identifier: MIT
#include "trainer/data/domain.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "cuttranslate/error.hpp"
#include "trainer/data/dataset_layout.hpp"
#include "trainer/data/video_index.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 17> videoSuffixes{".mp4",  ".m4v",  ".mkv", ".avi", ".mov", ".webm",
                                                         ".mpg",  ".mpeg", ".wmv", ".flv", ".ts",  ".mts",
                                                         ".m2ts", ".vob",  ".ogv", ".3gp", ".mxf"};

bool isFolder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// Sorted by bytes, as the reference sorts its paths; hidden entries are left out.
std::vector<fs::path> entriesOf(const fs::path& folder) {
  std::error_code failure;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure))
    if (!isHiddenName(it->path())) entries.push_back(it->path());
  if (failure)
    throw Error(ErrorKind::io, folder.string() + ": the folder cannot be searched: " + failure.message());
  std::sort(entries.begin(), entries.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return entries;
}

// "testA, testB and 3 more", for messages.
std::string listing(const fs::path& folder) {
  const std::vector<fs::path> entries = entriesOf(folder);
  if (entries.empty()) return "nothing";
  constexpr std::size_t shown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, entries.size()); ++i)
    text += (i == 0 ? "" : ", ") + entries[i].filename().string();
  if (entries.size() > shown) text += " and " + std::to_string(entries.size() - shown) + " more";
  return text;
}

class FolderScan {
 public:
  explicit FolderScan(const std::string& phase) : phase_(phase) {}

  // Collects images and videos below the folder.
  void visit(const fs::path& folder) {
    // Symbolic links may form cycles, or lead to one folder twice.
    const fs::path real = fs::canonical(folder);
    if (!visited_.insert(real).second) return;
    for (const fs::path& entry : searchedEntries(real, entriesOf(folder), phase_)) {
      std::error_code ignored;
      if (fs::is_directory(entry, ignored))
        visit(entry);
      else if (fs::is_regular_file(entry, ignored) && (isImageName(entry) || isVideoName(entry)))
        files_.push_back(entry);
      else if (const auto format = unsupportedImageFormat(entry); !format.empty())
        unsupported_[std::string(format)].push_back(entry);
      else
        ++otherFiles_;
    }
  }

  // By whole paths, as the reference sorts: "a-1.png" comes before "a/0.png".
  std::vector<fs::path> sorted() {
    std::sort(files_.begin(), files_.end(),
              [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
    return std::move(files_);
  }

  std::size_t otherFiles() const noexcept { return otherFiles_; }

  // One message for each unsupported image format.
  std::vector<std::string> unsupported() const {
    std::vector<std::string> messages;
    for (const auto& [format, files] : unsupported_)
      messages.push_back(files.front().string() +
                         (files.size() > 1 ? " and " + std::to_string(files.size() - 1) + " more" : "") +
                         ": " + format + " images are not read; convert them to PNG");
    return messages;
  }

 private:
  const std::string& phase_;
  std::set<fs::path> visited_;
  std::vector<fs::path> files_;
  std::map<std::string, std::vector<fs::path>> unsupported_;
  std::size_t otherFiles_ = 0;
};

// images/ of a folder without an image of its own, which is GTA5's layout; else the folder itself.
fs::path dataFolder(const fs::path& folder) {
  if (!isFolder(folder / "images")) return folder;
  const std::vector<fs::path> entries = entriesOf(folder);
  const bool own = std::any_of(entries.begin(), entries.end(), [](const fs::path& entry) {
    return isImageName(entry) || isVideoName(entry);
  });
  return own ? folder : folder / "images";
}

// A video that cannot be opened is an error only if the user named it.
void addVideo(Domain& domain, const fs::path& path, bool namedByUser) {
  try {
    const std::shared_ptr<const VideoIndex> video = indexVideo(path);
    for (std::int64_t frame = 0; frame < video->frames(); ++frame)
      domain.items.push_back({path, frame, video});
  } catch (const Error& error) {
    if (namedByUser) throw;
    domain.unreadable.emplace_back(error.what());
  }
}

void addFile(Domain& domain, const fs::path& path) {
  if (isVideoName(path)) return addVideo(domain, path, true);
  if (const std::string format(unsupportedImageFormat(path)); !format.empty())
    throw Error(ErrorKind::wrongFile, "domain " + domain.name + ": " + path.string() + ": " + format +
                                          " images are not read; convert it to PNG");
  if (!isImageName(path))
    throw Error(ErrorKind::wrongFile,
                "domain " + domain.name + ": expected a folder, an image or a video, got " + path.string());
  domain.items.push_back({path, Item::noFrame});
}

void addFolder(Domain& domain, const fs::path& source, const std::string& phase) {
  const fs::path folder = dataFolder(source);
  FolderScan scan(phase);
  scan.visit(folder);
  for (std::string& message : scan.unsupported()) domain.unreadable.push_back(std::move(message));
  const std::size_t before = domain.items.size();
  for (const fs::path& file : scan.sorted()) {
    if (isVideoName(file))
      addVideo(domain, file, false);
    else
      domain.items.push_back({file, Item::noFrame});
  }
  if (domain.items.size() > before) return;
  std::string text = "domain " + domain.name + ": expected images (" + std::string(readableFormats) +
                     ") or videos in " + folder.string() + " and its subfolders, found none among " +
                     std::to_string(scan.otherFiles()) + " other files";
  if (!domain.unreadable.empty()) text += "; " + domain.unreadable.back();
  throw Error(ErrorKind::wrongFile, text);
}

}  // namespace

std::string Item::name() const {
  return frame == noFrame ? path.string() : path.string() + ", frame " + std::to_string(frame);
}

bool isHiddenName(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') || name == "__MACOSX" || name == "@eaDir";
}

bool isVideoName(const fs::path& path) {
  return std::find(videoSuffixes.begin(), videoSuffixes.end(), lowerCaseSuffix(path)) != videoSuffixes.end();
}

Domain findDomain(const DomainQuery& query) {
  if (query.sources.empty())
    throw Error(ErrorKind::invalidArgument, "domain " + query.name + ": no folder, image or video was named");
  if (query.maxItems < 1)
    throw Error(ErrorKind::invalidArgument,
                "max_dataset_size: expected at least 1, got " + std::to_string(query.maxItems));
  Domain domain{.name = query.name};
  for (const fs::path& source : query.sources) {
    std::error_code ignored;
    if (!fs::exists(source, ignored))
      throw Error(ErrorKind::notFound, "domain " + query.name + ": there is no " + source.string());
    if (isFolder(source))
      addFolder(domain, source, query.phase);
    else
      addFile(domain, source);
  }
  if (static_cast<std::int64_t>(domain.items.size()) > query.maxItems)
    domain.items.resize(static_cast<std::size_t>(query.maxItems));
  return domain;
}

fs::path domainFolder(const fs::path& dataroot, const std::string& phase, const std::string& name) {
  if (!isFolder(dataroot))
    throw Error(ErrorKind::notFound, "--dataroot: expected a folder with " + phase + "A and " + phase +
                                         "B, but there is no folder " + dataroot.string());
  fs::path folder = dataroot / (phase + name);
  if (isFolder(folder)) return folder;
  if (phase == "test" && isFolder(dataroot / ("val" + name))) return dataroot / ("val" + name);
  throw Error(ErrorKind::notFound, "--dataroot: expected " + folder.string() +
                                       (phase == "test" ? " (or val" + name + ")" : std::string()) + "; " +
                                       dataroot.string() + " holds " + listing(dataroot));
}

Picture ItemReader::read(const Item& item) {
  return item.video ? videos_.read(*item.video, item.frame) : readImage(item.path, orientation_);
}

}  // namespace cut::trainer
