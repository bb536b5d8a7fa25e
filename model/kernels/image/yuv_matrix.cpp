// SPDX-License-Identifier: MIT
#include "kernels/image/yuv_conversion.hpp"

#include <cstddef>

namespace cut::cpu {
namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

// Shares of red and blue in luma.
struct Luma {
  double red, blue;
};

Luma lumaOf(YuvMatrix matrix) {
  switch (matrix) {
    case YuvMatrix::fcc:
      return {0.30, 0.11};
    case YuvMatrix::bt709:
      return {0.2126, 0.0722};
    case YuvMatrix::smpte240m:
      return {0.212, 0.087};
    case YuvMatrix::bt2020:
      return {0.2627, 0.0593};
    case YuvMatrix::bt601:
    case YuvMatrix::identity:
      break;
  }
  return {0.299, 0.114};
}

// RGB in [0, 1] from Y in [0, 1] and U, V in [-0.5, 0.5].
Matrix decoding(YuvMatrix matrix) {
  if (matrix == YuvMatrix::identity) return {{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}}};
  const auto [red, blue] = lumaOf(matrix);
  const double green = 1 - red - blue, fromU = 2 * (1 - blue), fromV = 2 * (1 - red);
  return {{{1, 0, fromV}, {1, -fromU * blue / green, -fromV * red / green}, {1, fromU, 0}}};
}

Matrix encoding(YuvMatrix matrix) {
  if (matrix == YuvMatrix::identity) return {{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}}};
  const auto [red, blue] = lumaOf(matrix);
  const double green = 1 - red - blue, toU = 0.5 / (1 - blue), toV = 0.5 / (1 - red);
  return {{{red, green, blue},
           {-red * toU, -green * toU, (1 - blue) * toU},
           {(1 - red) * toV, -green * toV, -blue * toV}}};
}

// sample = offset + scale * component
struct Quantization {
  std::array<double, 3> offset, scale;
};

Quantization quantizationOf(const YuvFormat& format) {
  const double one = 1 << (format.depth - 8), whole = 256 * one - 1;
  const bool limited = format.range == YuvRange::limited;
  const double black = limited ? 16 * one : 0, luma = limited ? 219 * one : whole;
  if (format.matrix == YuvMatrix::identity) return {{black, black, black}, {luma, luma, luma}};
  const double chroma = limited ? 224 * one : whole, grey = 128 * one;
  return {{black, grey, grey}, {luma, chroma, chroma}};
}

}  // namespace

ColorTransform rgbFromYuv(const YuvFormat& format) {
  const Matrix matrix = decoding(format.matrix);
  const Quantization samples = quantizationOf(format);
  ColorTransform transform{};
  for (std::size_t i = 0; i < 3; ++i) {
    double offset = -1;
    for (std::size_t j = 0; j < 3; ++j) {
      const double factor = 2 * matrix[i][j] / samples.scale[j];
      transform.factor[i][j] = static_cast<float>(factor);
      offset -= factor * samples.offset[j];
    }
    transform.offset[i] = static_cast<float>(offset);
  }
  return transform;
}

ColorTransform yuvFromRgb(const YuvFormat& format) {
  const Matrix matrix = encoding(format.matrix);
  const Quantization samples = quantizationOf(format);
  ColorTransform transform{};
  for (std::size_t i = 0; i < 3; ++i) {
    double offset = samples.offset[i];
    for (std::size_t j = 0; j < 3; ++j) {
      const double factor = matrix[i][j] * samples.scale[i] / 2;  // of [-1, 1], which is two wide
      transform.factor[i][j] = static_cast<float>(factor);
      offset += factor;
    }
    transform.offset[i] = static_cast<float>(offset);
  }
  return transform;
}

}  // namespace cut::cpu
