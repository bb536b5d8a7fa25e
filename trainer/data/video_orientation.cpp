#include "trainer/data/video_orientation.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "cuttranslate/error.hpp"

namespace cut::trainer {

// A point (x, y) is shown at (a x + c y, b x + d y), up to where that begins; the matrix is a, b, u, c, d, v,
// ...
Orientation orientationOf(const AVFrame& frame, const AVStream& stream, const std::string& name) {
  const std::int32_t* matrix = displayMatrix(frame, stream);
  if (!matrix) return {};
  const std::int64_t a = matrix[0];
  const std::int64_t b = matrix[1];
  const std::int64_t c = matrix[3];
  const std::int64_t d = matrix[4];
  constexpr std::int64_t slack = 100;  // a hundredth of the whole: half a degree
  const auto small = [](std::int64_t value, std::int64_t beside) {
    return std::abs(value) * slack <= std::abs(beside);
  };
  if (a != 0 && d != 0 && small(b, a) && small(c, d))
    return {.transposed = false, .mirrored = a < 0, .flipped = d < 0};
  if (b != 0 && c != 0 && small(a, b) && small(d, c))
    return {.transposed = true, .mirrored = c < 0, .flipped = b < 0};
  if (a == 0 && b == 0 && c == 0 && d == 0) return {};
  throw Error(ErrorKind::unsupported,
              name +
                  ": expected frames that are turned by 0, 90, 180 or 270 degrees; turn it first, with "
                  "ffmpeg -i IN -c:a copy OUT.mp4");
}

Picture oriented(Picture picture, const Orientation& orientation) {
  if (orientation == Orientation{}) return picture;
  const int width = orientation.transposed ? picture.height : picture.width;
  const int height = orientation.transposed ? picture.width : picture.height;
  Picture turned(width, height, picture.channels);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* to = turned.row(y);
    const int fromY = orientation.flipped ? height - 1 - y : y;
    for (int x = 0; x < width; ++x, to += picture.channels) {
      const int fromX = orientation.mirrored ? width - 1 - x : x;
      const int row = orientation.transposed ? fromX : fromY;
      const int column = orientation.transposed ? fromY : fromX;
      std::copy_n(picture.row(row) + static_cast<std::size_t>(column) * picture.channels, picture.channels,
                  to);
    }
  }
  return turned;
}

}  // namespace cut::trainer
