// SPDX-License-Identifier: MIT
// The pictures that a page shows over a run: sets of rows, bounded in bytes, equal pictures kept once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "trainer/report/report.hpp"

namespace cut::trainer {

struct GalleryRow {
  std::string name;
  std::vector<std::pair<std::string, std::int64_t>> cells{};  // label, number of the picture
};

// What was shown at one step.
struct GallerySet {
  int epoch = 0;
  std::int64_t step = 0;
  std::vector<GalleryRow> rows{};
};

struct GalleryLimits {
  std::size_t bytes = 10'000'000;  // of all pictures; a page holds 4/3 of it
  int longestSide = 512;           // of a picture; larger ones are downscaled
  std::size_t newestSets = 4;      // kept as long as there is room
};

class Gallery {
 public:
  explicit Gallery(const GalleryLimits& limits = {}) : limits_(limits) {}

  // Encodes and adds. Beyond the limit, sets are dropped where their neighbours are closest in steps; the
  // first and the newest are dropped last. Returns how many rows had no room: those at the end of a set which
  // alone takes more than half of the limit.
  std::size_t add(int epoch, std::int64_t step, const std::vector<PictureRow>& rows);
  // Replaces the content by sets that `add` made, in the order of their steps; the caller has checked them.
  void restore(std::vector<GallerySet> sets, std::map<std::int64_t, std::string> pictures);

  const std::vector<GallerySet>& sets() const noexcept { return sets_; }
  const std::map<std::int64_t, std::string>& pictures() const noexcept { return pictures_; }  // WebP

 private:
  std::int64_t keep(std::string webp);
  std::size_t shortenLast();
  void thin();
  void dropUnused();
  std::size_t bytes() const;

  GalleryLimits limits_;
  std::vector<GallerySet> sets_;
  std::map<std::int64_t, std::string> pictures_;
  std::int64_t nextNumber_ = 1;
};

// The gallery in files, for a resumed run: web/pictures/<number>.webp, and index.json, written
// last, which says which set shows which picture.
class GalleryStore {
 public:
  explicit GalleryStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Fills `gallery` with the sets up to lastStep. What is damaged, hostile or too large is left out, and
  // named in the returned sentence (empty: nothing was left out, or there is no store).
  std::string load(Gallery& gallery, std::int64_t lastStep);
  // Writes what is new and removes the store's files that are not used any more. Throws io.
  void save(const Gallery& gallery);

 private:
  void removeUnused(const Gallery& gallery) const;

  std::filesystem::path folder_;
  std::set<std::int64_t> written_;
};

}  // namespace cut::trainer
