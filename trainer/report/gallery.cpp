// SPDX-License-Identifier: MIT
#include "trainer/report/gallery.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/atomic_file.hpp"
#include "trainer/report/encoding.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Far above what `save` writes.
constexpr std::uintmax_t largestIndex = 16 << 20;
constexpr std::uintmax_t largestPicture = 4 << 20;
constexpr std::size_t largestStore = 32 << 20;
constexpr std::size_t mostSets = 5000;
constexpr std::size_t mostRows = 256;
constexpr std::size_t mostCells = 16;
constexpr std::string_view suffix = ".webp";

// A regular file of at most `limit` bytes; nothing otherwise.
std::optional<std::string> readSmall(const fs::path& path, std::uintmax_t limit) {
  std::error_code failure;
  if (!fs::is_regular_file(fs::symlink_status(path, failure))) return {};
  const std::uintmax_t size = fs::file_size(path, failure);
  if (failure || size > limit) return {};
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) return {};
  return bytes;
}

void write(const fs::path& path, const std::string& bytes) {
  writeFileAtomically(path, std::as_bytes(std::span(bytes)));
}

fs::path pictureName(std::int64_t number) {
  return std::to_string(number) + std::string(suffix);
}

// The number in a name that pictureName() made; 0 for any other.
std::int64_t numberOf(const std::string& name) {
  std::int64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number > 0 && pictureName(number) == name ? number : 0;
}

json toJson(const GallerySet& set) {
  json rows = json::array();
  for (const GalleryRow& row : set.rows) rows.push_back({{"name", row.name}, {"cells", row.cells}});
  return {{"epoch", set.epoch}, {"step", set.step}, {"rows", rows}};
}

// A number that `save` may have written; throws json::exception for another.
template <typename Number>
Number natural(const json& value) {
  const auto number = value.is_number_integer() ? value.get<std::int64_t>() : -1;
  if (number < 0 || !std::in_range<Number>(number))
    throw json::other_error::create(500, "expected a natural number", &value);
  return static_cast<Number>(number);
}

// Throws json::exception for another shape.
GallerySet fromJson(const json& text) {
  GallerySet set{.epoch = natural<int>(text.at("epoch")), .step = natural<std::int64_t>(text.at("step"))};
  const json& rows = text.at("rows");
  for (std::size_t i = 0; i < std::min(rows.size(), mostRows); ++i) {
    GalleryRow row{.name = rows.at(i).at("name").get<std::string>()};
    const json& cells = rows.at(i).at("cells");
    for (std::size_t k = 0; k < std::min(cells.size(), mostCells); ++k)
      row.cells.emplace_back(cells.at(k).at(0).get<std::string>(), natural<std::int64_t>(cells.at(k).at(1)));
    set.rows.push_back(std::move(row));
  }
  return set;
}

// Reads the pictures of a set that no earlier set had; false where one is missing or not a picture.
bool readPictures(const fs::path& folder, const GallerySet& set,
                  std::map<std::int64_t, std::string>& pictures, std::size_t& room) {
  for (const GalleryRow& row : set.rows)
    for (const auto& cell : row.cells) {
      if (pictures.contains(cell.second)) continue;
      std::optional<std::string> bytes;
      if (cell.second > 0) bytes = readSmall(folder / pictureName(cell.second), largestPicture);
      if (!bytes || !webpSize(*bytes) || bytes->size() > room) return false;
      room -= bytes->size();
      pictures.emplace(cell.second, std::move(*bytes));
    }
  return true;
}

}  // namespace

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

// Deduplicated: real A and real B are often the same in every set.
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

std::string GalleryStore::load(Gallery& gallery, std::int64_t lastStep) {
  std::error_code ignored;
  const fs::path index = folder_ / "index.json";
  if (!fs::exists(index, ignored)) return {};
  std::string damaged = index.string() + " is damaged: the page starts without earlier pictures";
  const auto bytes = readSmall(index, largestIndex);
  const json text = bytes ? json::parse(*bytes, nullptr, false) : json();
  if (!text.is_array()) return damaged;
  std::vector<GallerySet> sets;
  std::map<std::int64_t, std::string> pictures;
  std::size_t room = largestStore;
  std::size_t lost = 0;
  for (std::size_t i = 0; i < std::min(text.size(), mostSets); ++i) {
    try {
      GallerySet set = fromJson(text[i]);
      if (set.step > lastStep) break;
      const bool ordered = sets.empty() || sets.back().step <= set.step;
      if (ordered && readPictures(folder_, set, pictures, room))
        sets.push_back(std::move(set));
      else
        ++lost;
    } catch (const json::exception&) {
      ++lost;
    }
  }
  for (const auto& picture : pictures) written_.insert(picture.first);
  gallery.restore(std::move(sets), std::move(pictures));
  if (lost == 0) return {};
  return std::to_string(lost) + " earlier sets of pictures in " + folder_.string() +
         " are damaged: the page is without them";
}

void GalleryStore::save(const Gallery& gallery) {
  std::error_code ignored;
  fs::create_directories(folder_, ignored);  // writing the first file reports a failure
  for (const auto& [number, webp] : gallery.pictures())
    if (!written_.contains(number)) {
      write(folder_ / pictureName(number), webp);
      written_.insert(number);
    }
  json index = json::array();
  for (const GallerySet& set : gallery.sets()) index.push_back(toJson(set));
  write(folder_ / "index.json", jsonText(index));
  removeUnused(gallery);
}

void GalleryStore::removeUnused(const Gallery& gallery) const {
  std::error_code ignored;
  std::vector<fs::path> unused;
  for (fs::directory_iterator entry(folder_, ignored); entry != fs::directory_iterator();
       entry.increment(ignored))
    if (const std::int64_t number = numberOf(entry->path().filename().string());
        number > 0 && !gallery.pictures().contains(number))
      unused.push_back(entry->path());
  for (const fs::path& path : unused) fs::remove(path, ignored);
}

}  // namespace cut::trainer
