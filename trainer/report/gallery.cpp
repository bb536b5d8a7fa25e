#include "trainer/report/gallery.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "trainer/report/encoded_picture.hpp"

namespace cut::trainer {

std::size_t Gallery::add(int epoch, std::int64_t step, const std::vector<PictureRow>& rows) {
  GallerySet set{.epoch = epoch, .step = step};
  for (const PictureRow& row : rows) {
    GalleryRow kept{.name = row.name};
    for (const auto& [label, picture] : row.pictures)
      kept.cells.emplace_back(label, keep(encodeWebp(picture, limits_.longestSide)));
    set.rows.push_back(std::move(kept));
  }
  sets_.push_back(std::move(set));
  const std::size_t left = shortenLast();
  thin();
  dropUnused();
  return left;
}

void Gallery::restore(std::vector<GallerySet> sets, std::map<std::int64_t, std::string> pictures) {
  sets_ = std::move(sets);
  pictures_ = std::move(pictures);
  if (!pictures_.empty()) nextNumber_ = pictures_.rbegin()->first + 1;
  thin();
  dropUnused();
}

// Real A and real B are often the same in every set.
std::int64_t Gallery::keep(std::string webp) {
  const auto same = std::find_if(pictures_.begin(), pictures_.end(),
                                 [&webp](const auto& picture) { return picture.second == webp; });
  if (same != pictures_.end()) return same->first;
  pictures_.emplace(nextNumber_, std::move(webp));
  return nextNumber_++;
}

std::size_t Gallery::shortenLast() {
  GallerySet& set = sets_.back();
  std::size_t taken = 0;
  std::size_t fitting = 0;
  for (const GalleryRow& row : set.rows) {
    for (const auto& cell : row.cells) taken += pictures_.at(cell.second).size();
    if (taken > limits_.bytes / 2 && fitting > 0) break;
    ++fitting;
  }
  const std::size_t left = set.rows.size() - fitting;
  set.rows.resize(fitting);
  return left;
}

void Gallery::thin() {
  while (sets_.size() > 1 && bytes() > limits_.bytes) {
    std::size_t victim = 0;
    std::int64_t closest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 1; i + limits_.newestSets < sets_.size(); ++i)
      if (const std::int64_t gap = sets_[i + 1].step - sets_[i - 1].step; gap < closest) {
        closest = gap;
        victim = i;
      }
    sets_.erase(sets_.begin() + static_cast<std::ptrdiff_t>(victim));
  }
}

void Gallery::dropUnused() {
  std::set<std::int64_t> used;
  for (const GallerySet& set : sets_)
    for (const GalleryRow& row : set.rows)
      for (const auto& cell : row.cells) used.insert(cell.second);
  std::erase_if(pictures_, [&used](const auto& picture) { return !used.contains(picture.first); });
}

// Of the pictures that some set shows.
std::size_t Gallery::bytes() const {
  std::set<std::int64_t> used;
  std::size_t sum = 0;
  for (const GallerySet& set : sets_)
    for (const GalleryRow& row : set.rows)
      for (const auto& cell : row.cells)
        if (used.insert(cell.second).second) sum += pictures_.at(cell.second).size();
  return sum;
}

}  // namespace cut::trainer
