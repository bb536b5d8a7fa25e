#include "trainer/data/bmp_runs.hpp"

#include <utility>

#include "pictures/rgb_image.hpp"

namespace cut::trainer {
namespace {

class Unpacker {
 public:
  Unpacker(pictures::Bytes data, int width, int height, BmpRuns kind)
      : data_(data),
        width_(width),
        height_(height),
        half_(kind == BmpRuns::fourBits),
        indices_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

  std::vector<std::uint8_t> run() {
    bool more = true;
    while (more) {
      if (at_ == data_.size() && y_ >= height_) break;  // the mark of the end is missing, the pixels are not
      const int count = next();
      const int value = next();
      if (count > 0)
        repeat(count, value);
      else
        more = escape(value);
    }
    return std::move(indices_);
  }

 private:
  int next() {
    if (at_ == data_.size()) pictures::refuse("the file is cut short");
    return data_[at_++];
  }

  void put(int index) {
    if (x_ >= width_ || y_ >= height_) pictures::refuse("the BMP is damaged: a run leaves the picture");
    indices_[static_cast<std::size_t>(y_) * static_cast<std::size_t>(width_) +
             static_cast<std::size_t>(x_++)] = static_cast<std::uint8_t>(index);
  }

  // Of a byte that holds one index, or two in turn.
  int part(int value, int i) const { return !half_ ? value : i % 2 == 0 ? value >> 4 : value & 15; }

  void repeat(int count, int value) {
    for (int i = 0; i < count; ++i) put(part(value, i));
  }

  void copy(int count) {
    const int bytes = half_ ? (count + 1) / 2 : count;
    int value = 0;
    for (int i = 0; i < count; ++i) {
      if (!half_ || i % 2 == 0) value = next();
      put(part(value, i));
    }
    if (bytes % 2 != 0) next();
  }

  // False at the end of the bitmap.
  bool escape(int code) {
    if (code == 0) {
      x_ = 0;
      ++y_;
    } else if (code == 2) {
      x_ += next();
      y_ += next();
    } else if (code > 2) {
      copy(code);
    }
    return code != 1;
  }

  pictures::Bytes data_;
  int width_, height_;
  bool half_;
  std::vector<std::uint8_t> indices_;
  std::size_t at_ = 0;
  std::int64_t x_ = 0, y_ = 0;
};

}  // namespace

std::vector<std::uint8_t> unpackBmpRuns(pictures::Bytes data, int width, int height, BmpRuns kind) {
  return Unpacker(data, width, height, kind).run();
}

}  // namespace cut::trainer
