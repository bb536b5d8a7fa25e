// SPDX-License-Identifier: MIT
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
  std::shared_ptr<const VideoIndex> video = {};  // shared by all frames of a video

  std::string name() const;  // "street.mp4, frame 3"
  bool operator==(const Item& other) const { return path == other.path && frame == other.frame; }
};

struct Domain {
  std::string name;  // "A"
  std::vector<Item> items = {};
  // One message for each video that could not be opened, and for each unsupported image format.
  std::vector<std::string> unreadable = {};
};

struct DomainQuery {
  std::string name = {};                            // "A", for messages
  std::vector<std::filesystem::path> sources = {};  // in this order; each one's files are sorted
  std::string phase = "train";                      // selects the split of Cityscapes
  std::int64_t maxItems = std::numeric_limits<std::int64_t>::max();  // max_dataset_size: cut after sorting
};

// A source is a folder (searched recursively without hidden entries; links are followed, each folder once),
// an image, or a video. A folder with images/ and no image of its own has the layout of GTA5: only images/ is
// read. The layouts of GTA5 and Cityscapes are known at any depth: see dataset_layout.hpp. Throws notFound
// for a missing source or split, io for one that cannot be searched, wrongFile if nothing is found.
Domain findDomain(const DomainQuery& query);

// dataroot/trainA for phase "train"; for "test" also valA if there is no testA. Throws notFound with the
// names that exist.
std::filesystem::path domainFolder(const std::filesystem::path& dataroot, const std::string& phase,
                                   const std::string& name);

// Names that begin with a dot (among them macOS's companion files ._NAME.png), the folder __MACOSX of macOS's
// archives, and @eaDir of Synology servers.
bool isHiddenName(const std::filesystem::path& path);

// By suffix, in any case.
bool isVideoName(const std::filesystem::path& path);

// Reads an item, be it an image or a frame of a video.
class ItemReader {
 public:
  explicit ItemReader(ExifOrientation orientation = ExifOrientation::ignored) : orientation_(orientation) {}

  // RGB. Thread-safe. Throws as readImage and VideoReader do.
  Picture read(const Item& item);

 private:
  ExifOrientation orientation_;  // of images; the display matrix of a video is always applied
  VideoReader videos_;
};

}  // namespace cut::trainer
