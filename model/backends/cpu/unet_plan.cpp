// SPDX-License-Identifier: MIT
#include "backends/cpu/unet_plan.hpp"

#include <algorithm>

#include "kernels/conv/direct/output_stage.hpp"
#include "kernels/image/resample.hpp"

namespace cut::cpu {
namespace {

constexpr float leak = 0.2F;

}  // namespace

UnetPlan::UnetPlan(const UnetWeights& weights, Size size, ThreadPool& pool)
    : weights_(weights), pool_(pool), size_(size) {
  layOutWorkspace();
}

void UnetPlan::layOutWorkspace() {
  const GeneratorSpec& spec = weights_.spec;
  const std::int64_t levels = spec.downs;
  input_ = layout_.take(std::int64_t{size_.height + 2} * (size_.width + 2) * spec.inputChannels);
  std::int64_t padded = 0, scratch = 0, norms = 0;
  for (std::int64_t level = 0; level < levels; ++level) {
    const std::int64_t channels = weights_.down[static_cast<std::size_t>(level)].outputs;
    const MapShape shape{size_.height >> (level + 1), size_.width >> (level + 1), channels};
    const std::int64_t skip = level == levels - 1 ? 1 : 2, border = level == 0 ? 0 : 2;
    padded = std::max({padded, (shape.height + 2) * (shape.width + 2) * channels,
                       (shape.height + border) * (shape.width + border) * skip * channels});
    scratch = std::max(scratch, 2 * instanceNormScratch(normShape(shape)));
    norms = std::max(norms, channels);
    maps_.push_back({shape, layout_.take(shape.floats()), 0});
  }
  // The last layer writes its taps over the decoded map, which it has copied to the padded map before.
  decoded_.offset =
      layout_.take(std::max(maps_[0].shape.floats(), maps_[0].shape.pixels() * weights_.last.outputs));
  padded_ = layout_.take(padded);
  output_ = layout_.take(std::int64_t{size_.height} * size_.width * spec.outputChannels);
  for (Map& map : maps_) map.norm = layout_.take(2 * map.shape.channels);
  decoded_.norm = layout_.take(2 * norms);
  scratch_ = layout_.take(scratch);
}

MutableFloatImage UnetPlan::input(float* workspace) const noexcept {
  const std::int64_t channels = weights_.spec.inputChannels, row = (size_.width + 2) * channels;
  return {workspace + input_ + row + channels, 1, row, channels};
}

FloatImage UnetPlan::output(const float* workspace) const noexcept {
  const std::int64_t channels = weights_.spec.outputChannels;
  return {workspace + output_, 1, size_.width * channels, channels};
}

NormRelu UnetPlan::pendingNorm(const Map& map) const noexcept {
  const float* mean = base_ + map.norm;
  return {mean, mean + map.shape.channels};
}

void UnetPlan::run(float* workspace) noexcept {
  base_ = workspace;
  const std::size_t levels = weights_.levels();
  zeroInputPadding();
  for (std::size_t level = 0; level < levels; ++level) encodeLevel(level);
  for (std::size_t level = levels - 1; level > 0; --level) decodeLevel(level);
  lastLayer();
}

void UnetPlan::zeroInputPadding() const noexcept {
  const std::int64_t channels = weights_.spec.inputChannels, row = (size_.width + 2) * channels;
  float* first = base_ + input_;
  float* last = first + (size_.height + 1) * row;
  std::fill_n(first, row, 0.0F);
  std::fill_n(last, row, 0.0F);
  for (float* line = first + row; line < last; line += row) {
    std::fill_n(line, channels, 0.0F);
    std::fill_n(line + row - channels, channels, 0.0F);
  }
}

// The moments of a map for pendingNorm(); mean 0 and invStd 1 where the map has no norm, so that only the
// ReLU applies.
void UnetPlan::computeMoments(const Map& map, bool normed) noexcept {
  float* mean = base_ + map.norm;
  float* invStd = mean + map.shape.channels;
  if (normed && weights_.spec.norm == Norm::instance) {
    instanceNormStatistics(base_ + map.offset, normShape(map.shape), instanceNormEps, mean, invStd,
                           reinterpret_cast<double*>(base_ + scratch_), pool_);
    return;
  }
  std::fill_n(mean, map.shape.channels, 0.0F);
  std::fill_n(invStd, map.shape.channels, 1.0F);
}

void UnetPlan::encodeLevel(std::size_t level) noexcept {
  const Map& to = maps_[level];
  const float* x = base_ + input_;
  if (level > 0) {
    const Map& from = maps_[level - 1];
    padWithZeros(base_ + from.offset, pendingNorm(from), base_ + padded_, from.shape,
                 {.before = 1, .after = 1, .slope = leak}, pool_);
    x = base_ + padded_;
  }
  const PackedConvolution& layer = weights_.down[level];
  DirectShape shape = layer.direct();
  shape.outHeight = to.shape.height;
  shape.outWidth = to.shape.width;
  shape.stride = 2;
  shape.inRow = (2 * to.shape.width + 2) * layer.inputs;
  shape.outRow = to.shape.width * to.shape.channels;
  shape.outPixel = to.shape.channels;
  directConvolution(x, layer.weights.get(), layer.bias.data(), base_ + to.offset, shape, pool_);
  computeMoments(to, level > 0 && level + 1 < weights_.levels());
}

// Copies the input of a decoder level, skip connection and decoded map after norm and ReLU, into the padded
// map.
void UnetPlan::loadInputs(std::size_t level, std::int64_t padding) noexcept {
  const Map& skip = maps_[level];
  const bool innermost = level + 1 == weights_.levels();
  const std::int64_t channels = skip.shape.channels;
  const ZeroPadding around{
      .before = padding, .after = padding, .outPixel = innermost ? channels : 2 * channels};
  float* to = base_ + padded_;
  padWithZeros(base_ + skip.offset, pendingNorm(skip), to, skip.shape, around, pool_);
  if (!innermost)
    padWithZeros(base_ + decoded_.offset, pendingNorm(decoded_), to + channels, skip.shape, around, pool_);
}

void UnetPlan::decodeLevel(std::size_t level) noexcept {
  loadInputs(level, 1);
  const MapShape& in = maps_[level].shape;
  decoded_.shape = maps_[level - 1].shape;
  const std::int64_t outChannels = decoded_.shape.channels, outRow = decoded_.shape.width * outChannels;
  for (std::int64_t phase = 0; phase < 4; ++phase) {
    const PackedConvolution& layer = weights_.up[level][static_cast<std::size_t>(phase)];
    const std::int64_t oddRow = phase / 2, oddColumn = phase % 2;
    DirectShape shape = layer.direct();
    shape.outHeight = in.height;
    shape.outWidth = in.width;
    shape.inRow = (in.width + 2) * layer.inputs;
    shape.outRow = 2 * outRow;
    shape.outPixel = 2 * outChannels;
    directConvolution(base_ + padded_ + oddRow * shape.inRow + oddColumn * layer.inputs, layer.weights.get(),
                      layer.bias.data(), base_ + decoded_.offset + oddRow * outRow + oddColumn * outChannels,
                      shape, pool_);
  }
  computeMoments(decoded_, true);
}

void UnetPlan::lastLayer() noexcept {
  loadInputs(0, 0);
  const MapShape& in = maps_[0].shape;
  float* taps = base_ + decoded_.offset;
  DirectShape shape = weights_.last.direct();
  shape.outHeight = in.height;
  shape.outWidth = in.width;
  shape.inRow = in.width * shape.inChannels;
  shape.outRow = in.width * shape.outChannels;
  shape.outPixel = shape.outChannels;
  directConvolution(base_ + padded_, weights_.last.weights.get(), weights_.last.bias.data(), taps, shape,
                    pool_);
  transposedOutputStage(taps, weights_.lastBias.data(), base_ + output_,
                        {in.height, in.width, weights_.spec.outputChannels}, pool_);
}

}  // namespace cut::cpu
