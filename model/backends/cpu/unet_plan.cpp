#include "backends/cpu/unet_plan.hpp"

#include <algorithm>

#include "kernels/conv/direct/output_stage.hpp"
#include "kernels/norm/instance_norm.hpp"

namespace cut::cpu {
namespace {

constexpr float normEps = 1e-5F;
constexpr float leak = 0.2F;

InstanceNormShape normShape(const MapShape& shape) {
  return {1, shape.pixels(), shape.channels};
}

}  // namespace

UnetPlan::UnetPlan(const UnetWeights& weights, Size size, ThreadPool& pool)
    : weights_(weights), pool_(pool), size_(size) {
  layOut();
}

std::int64_t UnetPlan::take(std::int64_t floats) noexcept {
  const std::int64_t place = end_;
  end_ += paddedChannels(floats);  // keeps cache lines whole
  return place;
}

void UnetPlan::layOut() {
  const GeneratorSpec& spec = weights_.spec;
  const std::int64_t levels = spec.downs;
  input_ = take(std::int64_t{size_.height + 2} * (size_.width + 2) * spec.inputChannels);
  std::int64_t padded = 0, scratch = 0, norms = 0;
  for (std::int64_t level = 0; level < levels; ++level) {
    const std::int64_t channels = weights_.down[static_cast<std::size_t>(level)].outputs;
    const MapShape shape{size_.height >> (level + 1), size_.width >> (level + 1), channels};
    const std::int64_t beside = level == levels - 1 ? 1 : 2, border = level == 0 ? 0 : 2;
    padded = std::max({padded, (shape.height + 2) * (shape.width + 2) * channels,
                       (shape.height + border) * (shape.width + border) * beside * channels});
    scratch = std::max(scratch, 2 * instanceNormScratch(normShape(shape)));
    norms = std::max(norms, channels);
    maps_.push_back({shape, take(shape.floats()), 0});
  }
  // The last layer's taps go where half of its input came from: that is loaded by then.
  climbed_.place = take(std::max(maps_[0].shape.floats(), maps_[0].shape.pixels() * weights_.last.outputs));
  padded_ = take(padded);
  output_ = take(std::int64_t{size_.height} * size_.width * spec.outputChannels);
  for (Map& map : maps_) map.norm = take(2 * map.shape.channels);
  climbed_.norm = take(2 * norms);
  scratch_ = take(scratch);
}

MutableFloatImage UnetPlan::input(float* workspace) const noexcept {
  const std::int64_t channels = weights_.spec.inputChannels, row = (size_.width + 2) * channels;
  return {workspace + input_ + row + channels, 1, row, channels};
}

FloatImage UnetPlan::output(const float* workspace) const noexcept {
  const std::int64_t channels = weights_.spec.outputChannels;
  return {workspace + output_, 1, size_.width * channels, channels};
}

NormRelu UnetPlan::pending(const Map& map) const noexcept {
  const float* mean = base_ + map.norm;
  return {mean, mean + map.shape.channels};
}

void UnetPlan::run(float* workspace) noexcept {
  base_ = workspace;
  const std::size_t levels = weights_.levels();
  clearBorder();
  for (std::size_t level = 0; level < levels; ++level) goDown(level);
  for (std::size_t level = levels - 1; level > 0; --level) goUp(level);
  lastLayer();
}

void UnetPlan::clearBorder() const noexcept {
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

// What is pending on a map: nothing but a ReLU (mean 0, deviation 1) where it has no norm of its own.
void UnetPlan::measure(const Map& map, bool normed) noexcept {
  float* mean = base_ + map.norm;
  float* invStd = mean + map.shape.channels;
  if (normed && weights_.spec.norm == Norm::instance) {
    instanceNormStatistics(base_ + map.place, normShape(map.shape), normEps, mean, invStd,
                           reinterpret_cast<double*>(base_ + scratch_), pool_);
    return;
  }
  std::fill_n(mean, map.shape.channels, 0.0F);
  std::fill_n(invStd, map.shape.channels, 1.0F);
}

void UnetPlan::goDown(std::size_t level) noexcept {
  const Map& to = maps_[level];
  const float* x = base_ + input_;
  if (level > 0) {
    const Map& from = maps_[level - 1];
    padWithZeros(base_ + from.place, pending(from), base_ + padded_, from.shape,
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
  directConvolution(x, layer.weights.get(), layer.bias.data(), base_ + to.place, shape, pool_);
  measure(to, level > 0 && level + 1 < weights_.levels());
}

// What a way up reads, after norm and ReLU, into the padded map.
void UnetPlan::loadBoth(std::size_t level, std::int64_t padding) noexcept {
  const Map& beside = maps_[level];
  const bool innermost = level + 1 == weights_.levels();
  const std::int64_t channels = beside.shape.channels;
  const ZeroPadding around{
      .before = padding, .after = padding, .outPixel = innermost ? channels : 2 * channels};
  float* to = base_ + padded_;
  padWithZeros(base_ + beside.place, pending(beside), to, beside.shape, around, pool_);
  if (!innermost)
    padWithZeros(base_ + climbed_.place, pending(climbed_), to + channels, beside.shape, around, pool_);
}

void UnetPlan::goUp(std::size_t level) noexcept {
  loadBoth(level, 1);
  const MapShape& in = maps_[level].shape;
  climbed_.shape = maps_[level - 1].shape;
  const std::int64_t outChannels = climbed_.shape.channels, outRow = climbed_.shape.width * outChannels;
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
                      layer.bias.data(), base_ + climbed_.place + oddRow * outRow + oddColumn * outChannels,
                      shape, pool_);
  }
  measure(climbed_, true);
}

void UnetPlan::lastLayer() noexcept {
  loadBoth(0, 0);
  const MapShape& in = maps_[0].shape;
  float* taps = base_ + climbed_.place;
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
