// The gallery in files, for a run that is continued: web/pictures/<number>.webp, and index.json, written
// last, which says what is shown where.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "trainer/report/gallery.hpp"

namespace cut::trainer {

class GalleryStore {
 public:
  explicit GalleryStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Fills `gallery` with the sets up to lastStep. What is damaged, hostile or too large is left out, and said
  // in the returned sentence (empty: all is well, or there is no store).
  std::string load(Gallery& gallery, std::int64_t lastStep);
  // Writes what is new and removes the store's files that are not used any more. Throws io.
  void save(const Gallery& gallery);

 private:
  void removeUnused(const Gallery& gallery) const;

  std::filesystem::path folder_;
  std::set<std::int64_t> written_;
};

}  // namespace cut::trainer
