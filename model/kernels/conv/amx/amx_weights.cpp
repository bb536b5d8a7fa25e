// SPDX-License-Identifier: MIT
// What AMX convolutions need around the AMX instructions: packed weights, in the order in which the
// microkernel loads its tiles, and the moments of outputs.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "kernels/conv/amx/amx_convolution.hpp"
#include "kernels/conv/convolution.hpp"
#include "kernels/norm/partial_moments.hpp"

namespace cut::cpu {
namespace {

constexpr std::int64_t tileBytes = tileRows * tileRowBytes;

// Panels of 16 outputs are packed in pairs, a last odd one alone. The number of panels that are packed
// together with this one.
std::int64_t panelsWith(const AmxShape& shape, std::int64_t panel) {
  return std::min<std::int64_t>(2, shape.outChannels / channelGroup - panel / 2 * 2);
}

// Tiles of a pair alternate: the high bf16 terms of a K-block in both panels, then the low ones.
std::int64_t tileAt(const AmxShape& shape, std::int64_t panel, std::int64_t kBlock) {
  const std::int64_t kBlocks = shape.kernelHeight * shape.kBlocks();
  const std::int64_t first = panel / 2 * 2;
  return (first * kBlocks + kBlock * panelsWith(shape, panel)) * shape.terms() + panel - first;
}

void putBf16(std::uint8_t* tile, std::int64_t k, std::int64_t lane, std::uint16_t value) {
  std::memcpy(tile + k / 2 * tileRowBytes + (2 * lane + k % 2) * 2, &value, sizeof value);
}

class WeightPacker {
 public:
  WeightPacker(WeightAt at, std::int64_t outputs, std::int64_t inputs, float* packed, const AmxShape& shape)
      : at_(at), outputs_(outputs), inputs_(inputs), packed_(packed), shape_(shape) {}

  void bf16Panel(std::int64_t panel) const {
    forTiles(panel, [&](std::int64_t first, std::int64_t row, std::int64_t element, std::uint8_t* tile) {
      for (std::int64_t k = 0; k < shape_.kBlock(); ++k)
        for (std::int64_t lane = 0; lane < channelGroup; ++lane)
          putBf16(tile, k, lane, toBf16(weight(first + lane, row, element + k)));
    });
  }

  void bf16x3Panel(std::int64_t panel) const {
    const std::int64_t low = panelsWith(shape_, panel) * tileBytes;
    forTiles(panel, [&](std::int64_t first, std::int64_t row, std::int64_t element, std::uint8_t* tile) {
      for (std::int64_t k = 0; k < shape_.kBlock(); ++k)
        for (std::int64_t lane = 0; lane < channelGroup; ++lane) {
          const float value = weight(first + lane, row, element + k);
          const std::uint16_t high = toBf16(value);
          putBf16(tile, k, lane, high);
          putBf16(tile + low, k, lane, toBf16(value - fromBf16(high)));
        }
    });
  }

  // Inputs are multiplied by their scales when they are packed, so weights are divided by them.
  void int8Panel(std::int64_t panel) const {
    float* scales = packed_ + shape_.inChannels;
    float* offsets = scales + shape_.outChannels;
    std::array<std::int32_t, channelGroup> sums{};
    for (std::int64_t lane = 0; lane < channelGroup; ++lane)
      scales[panel * channelGroup + lane] = outputScale(panel * channelGroup + lane);
    forTiles(panel, [&](std::int64_t first, std::int64_t row, std::int64_t element, std::uint8_t* tile) {
      for (std::int64_t k = 0; k < shape_.kBlock(); ++k)
        for (std::int64_t lane = 0; lane < channelGroup; ++lane) {
          const float value = scaledWeight(first + lane, row, element + k) / scales[first + lane];
          const auto byte = static_cast<std::int8_t>(std::lround(value));
          tile[k / 4 * tileRowBytes + 4 * lane + k % 4] = static_cast<std::uint8_t>(byte);
          sums[static_cast<std::size_t>(lane)] += byte;
        }
    });
    for (std::int64_t lane = 0; lane < channelGroup; ++lane) {
      const std::int32_t offset = -shape_.zeroPoint() * sums[static_cast<std::size_t>(lane)];
      std::memcpy(offsets + panel * channelGroup + lane, &offset, sizeof offset);
    }
  }

 private:
  // visit(first output, kernel row, first K element in that row, tile)
  template <typename Visit>
  void forTiles(std::int64_t panel, const Visit& visit) const {
    auto* tiles = reinterpret_cast<std::uint8_t*>(packed_ + shape_.scales());
    for (std::int64_t row = 0; row < shape_.kernelHeight; ++row)
      for (std::int64_t kBlock = 0; kBlock < shape_.kBlocks(); ++kBlock)
        visit(panel * channelGroup, row, kBlockAt(kBlock) * shape_.kBlock(),
              tiles + tileAt(shape_, panel, row * shape_.kBlocks() + kBlock) * tileBytes);
  }

  // The K-block of a kernel row that is i-th in memory: kernel columns are the inner loop.
  std::int64_t kBlockAt(std::int64_t i) const {
    const std::int64_t innerColumns = shape_.innerColumns();
    return i % innerColumns * (shape_.kBlocks() / innerColumns) + i / innerColumns;
  }

  float weight(std::int64_t out, std::int64_t row, std::int64_t element) const {
    const std::int64_t column = element / shape_.inChannels, in = element % shape_.inChannels;
    return out < outputs_ && column < shape_.kernelWidth && in < inputs_ ? at_(out, in, row, column) : 0.0F;
  }

  float scaledWeight(std::int64_t out, std::int64_t row, std::int64_t element) const {
    return weight(out, row, element) / packed_[element % shape_.inChannels];
  }

  float outputScale(std::int64_t out) const {
    float largest = 0;
    for (std::int64_t row = 0; row < shape_.kernelHeight; ++row)
      for (std::int64_t element = 0; element < shape_.kernelWidth * shape_.inChannels; ++element) {
        const float weight = std::abs(scaledWeight(out, row, element));
        if (std::isnan(weight)) return weight;  // the output becomes NaN, which is reported
        largest = std::max(largest, weight);
      }
    return largest > 0 ? largest / 127 : 1;
  }

  WeightAt at_;
  std::int64_t outputs_, inputs_;
  float* packed_;
  const AmxShape& shape_;
};

}  // namespace

void amxWeights(WeightAt at, std::int64_t outputs, std::int64_t inputs, float* packed, const AmxShape& shape,
                ParallelFor parallelFor, const float* ranges) {
  if (shape.computeType == ComputeType::int8) {
    const float levels = shape.nonNegative ? 255 : 127;
    std::fill_n(packed, shape.inChannels, 1.0F);
    for (std::int64_t in = 0; in < inputs; ++in) packed[in] = levels / ranges[in];
  }
  const WeightPacker packer(at, outputs, inputs, packed, shape);
  parallelFor(shape.outChannels / channelGroup, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel)
      shape.computeType == ComputeType::int8     ? packer.int8Panel(panel)
      : shape.computeType == ComputeType::bf16x3 ? packer.bf16x3Panel(panel)
                                                 : packer.bf16Panel(panel);
  });
}

void amxMoments(const float* statistics, const AmxShape& shape, float eps, float* mean, float* invStd,
                ParallelFor parallelFor) noexcept {
  const auto pixels = [&](std::int64_t) { return shape.width; };
  mergePartialMoments(statistics, shape.height, pixels, shape.outChannels, eps, mean, invStd, parallelFor);
}

}  // namespace cut::cpu
