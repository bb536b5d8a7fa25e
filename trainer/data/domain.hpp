// A domain: finding every image and every video frame of what the user named, and reading them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "trainer/data/image_file.hpp"
#include "trainer/data/picture.hpp"
#include "trainer/data/video_reader.hpp"

namespace cut::trainer {

// An image file, or a frame of a video.
struct Item {
  static constexpr std::int64_t noFrame = -1;

  std::filesystem::path path;
  std::int64_t frame = noFrame;                  // from 0
  std::shared_ptr<const VideoIndex> video = {};  // of the frame's video, shared by all its frames

  std::string name() const;  // "street.mp4, frame 3"
  bool operator==(const Item& other) const { return path == other.path && frame == other.frame; }
};

struct Domain {
  std::string name;  // "A"
  std::vector<Item> items = {};
  // A sentence for each video that could not be opened, and for each format of images that are not read.
  std::vector<std::string> unreadable = {};
};

struct DomainQuery {
  std::string name = {};                            // "A", for messages
  std::vector<std::filesystem::path> sources = {};  // in this order; each one's files are sorted
  std::string phase = "train";                      // which split of Cityscapes
  std::int64_t maxItems = std::numeric_limits<std::int64_t>::max();  // max_dataset_size: cut after sorting
};

// A source is a folder (searched with its subfolders but for what is hidden; links are followed, each folder
// once), an image, or a video. A folder that has images/ and no picture of its own is taken for GTA5's as it
// unpacks: only images/ counts. One that has leftImg8bit/ (or is it) is taken for Cityscapes': only the split
// of the phase counts, `test` falling back to `val`. Throws notFound for a source that is not there,
// io for one that cannot be searched, wrongFile where nothing is found.
Domain findDomain(const DomainQuery& query);

// dataroot/trainA for phase "train"; for "test" also valA where there is no testA. Throws notFound, saying
// what is there.
std::filesystem::path domainFolder(const std::filesystem::path& dataroot, const std::string& phase,
                                   const std::string& name);

// What folders are searched without: names that begin with a dot, among them the ._NAME.png that macOS puts
// beside pictures, and the folders __MACOSX of its archives and @eaDir of Synology's servers. The name alone
// counts.
bool isHiddenName(const std::filesystem::path& path);

// By suffix, in any case.
bool isVideoName(const std::filesystem::path& path);

class ItemReader {
 public:
  explicit ItemReader(ExifOrientation orientation = ExifOrientation::ignored) : orientation_(orientation) {}

  // RGB. Any number of threads may read at once. Throws as readImage and VideoReader do.
  Picture read(const Item& item);

 private:
  ExifOrientation orientation_;  // of images; what a video says of its frames always counts
  VideoReader videos_;
};

}  // namespace cut::trainer
