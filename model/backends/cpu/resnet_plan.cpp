// SPDX-License-Identifier: MIT
#include "backends/cpu/resnet_plan.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/conv/direct/output_stage.hpp"
#include "kernels/image/resample.hpp"

namespace cut::cpu {
namespace {

constexpr std::int64_t pad = 3;  // of the 7x7 kernels

}  // namespace

ResnetPlan::ResnetPlan(const ResnetWeights& weights, Size size, ThreadPool& pool)
    : weights_(weights), pool_(pool), height_(size.height), width_(size.width), ngf_(weights.spec.ngf) {
  layOutWorkspace();
}

// The shape of a map with 1 / divisor of the frame's sides.
MapShape ResnetPlan::map(std::int64_t divisor, std::int64_t channels) const noexcept {
  return {height_ / divisor, width_ / divisor, paddedChannels(channels)};
}

void ResnetPlan::layOutWorkspace() {
  const MapShape full = map(1, ngf_), fullWide = map(1, 2 * ngf_), half = map(2, 2 * ngf_);
  const MapShape halfWide = map(2, 4 * ngf_), quarter = map(4, 4 * ngf_);
  const auto padded = [](const MapShape& s) { return (s.height + 2) * (s.width + 2) * s.channels; };
  at_.input = layout_.take(height_ * (width_ + 2 * pad) * weights_.spec.inputChannels);
  at_.mapA = layout_.take(std::max({full.floats(), half.floats(), quarter.floats()}));
  at_.mapB = layout_.take(std::max({fullWide.floats(), halfWide.floats(), 2 * quarter.floats(), padded(full),
                                    padded(half), padded(quarter), full.pixels() * weights_.last.outputs}));
  at_.output = layout_.take(full.pixels() * weights_.spec.outputChannels);
  at_.mean = layout_.take(paddedChannels(4 * ngf_));
  at_.invStd = layout_.take(paddedChannels(4 * ngf_));
  std::int64_t moments = 0;
  std::int64_t scratch = 0;
  const auto requireColumns = [&](const PackedConvolution& layer) {
    const ColumnsShape shape = columnsShape(layer);
    moments = std::max(moments, shape.statistics());
    scratch = std::max(scratch, winogradColumnsScratch(shape, pool_.threads()));
  };
  const auto require = [&](const MapShape& out, const PackedConvolution& layer) {
    if (layer.usesAmx) {
      const AmxShape shape = amxShape(out, layer);
      moments = std::max(moments, shape.statistics());
      scratch = std::max(scratch, amxScratch(shape, pool_.threads()));
    } else {
      const WinogradShape shape = winogradShape(out, layer);
      moments = std::max(moments, winogradStatistics(shape));
      scratch = std::max(scratch, winogradScratch(shape, pool_.threads()));
    }
  };
  if (!weights_.spec.noAntialias) {
    require(full, weights_.down[0]);
    require(half, weights_.down[1]);
  }
  for (const PackedConvolution& layer : weights_.blocks) require(quarter, layer);
  if (!weights_.spec.noAntialiasUp) {
    require(half, weights_.up[0].front());
    require(full, weights_.up[1].front());
  }
  for (const PackedConvolution* layer : {&weights_.first, &weights_.last})
    layer->usesAmx ? require(full, *layer) : requireColumns(*layer);
  if (weights_.spec.noAntialias || weights_.spec.noAntialiasUp)  // computeMoments() is used
    for (const MapShape& shape : {full, half, quarter})
      moments = std::max(moments, 2 * instanceNormScratch(normShape(shape)));
  at_.moments = layout_.take(moments);
  at_.scratch = layout_.take(scratch);
}

MutableFloatImage ResnetPlan::input(float* workspace) const noexcept {
  const std::int64_t channels = weights_.spec.inputChannels;
  const std::int64_t row = (width_ + 2 * pad) * channels;
  return {workspace + at_.input + pad * channels, 1, row, channels};
}

FloatImage ResnetPlan::output(const float* workspace) const noexcept {
  const std::int64_t channels = weights_.spec.outputChannels;
  return {workspace + at_.output, 1, width_ * channels, channels};
}

// The norm of the map written last, which the next kernel applies. Without a norm it has mean 0 and invStd 1,
// so that the ReLU is still applied.
NormRelu ResnetPlan::pendingNorm() const noexcept {
  return {base_ + at_.mean, base_ + at_.invStd};
}

// Where a convolution stores its partial moments; null where no norm needs them.
float* ResnetPlan::moments() const noexcept {
  return weights_.spec.norm == Norm::instance ? base_ + at_.moments : nullptr;
}

void ResnetPlan::run(float* workspace, Int8Calibration* calibration) noexcept {
  base_ = workspace;
  calibration_ = calibration;
  const std::int64_t channels = paddedChannels(4 * ngf_);
  std::fill_n(base_ + at_.mean, channels, 0.0F);
  std::fill_n(base_ + at_.invStd, channels, 1.0F);
  firstLayer();
  downLayer(0);
  downLayer(1);
  for (std::size_t i = 0; i < weights_.blocks.size(); i += 2) block(i);
  upLayer(0);
  upLayer(1);
  lastLayer();
}

// Reflection padding of columns; winogradColumns() pads rows itself.
void ResnetPlan::reflectInput() const noexcept {
  const std::int64_t channels = weights_.spec.inputChannels;
  const MutableFloatImage in = input(base_);
  for (std::int64_t y = 0; y < height_; ++y) {
    float* left = in.data + y * in.rowStride;
    float* right = left + (width_ - 1) * channels;
    for (std::int64_t i = 1; i <= pad; ++i) {
      std::copy_n(left + i * channels, channels, left - i * channels);
      std::copy_n(right - i * channels, channels, right + i * channels);
    }
  }
}

// The moments of a map whose kernel gathers none.
void ResnetPlan::computeMoments(const float* x, const MapShape& shape) noexcept {
  if (weights_.spec.norm != Norm::instance) return;
  instanceNormStatistics(x, normShape(shape), instanceNormEps, base_ + at_.mean, base_ + at_.invStd,
                         reinterpret_cast<double*>(base_ + at_.moments), pool_);
}

WinogradShape ResnetPlan::winogradShape(const MapShape& out, const PackedConvolution& layer) const noexcept {
  return {.height = out.height,
          .width = out.width,
          .inChannels = layer.inputs,
          .outChannels = layer.outputs,
          .computeType = layer.computeType};
}

// For the first and the last layer.
ColumnsShape ResnetPlan::columnsShape(const PackedConvolution& layer) const noexcept {
  ColumnsShape shape = layer.columns();
  shape.height = height_;
  shape.width = width_;
  shape.inRow = (width_ + shape.kernelWidth - 1) * shape.inChannels;
  return shape;
}

AmxShape ResnetPlan::amxShape(const MapShape& out, const PackedConvolution& layer) const noexcept {
  AmxShape shape = layer.amx();
  shape.height = out.height;
  shape.width = out.width;
  return shape;
}

void ResnetPlan::amxLayer(const float* x, const NormRelu& norm, const PackedConvolution& layer, float* y,
                          const AmxShape& shape, bool measured) noexcept {
  float* moments = measured ? this->moments() : nullptr;
  amxConvolution(x, norm, layer.weights.get(), layer.bias.data(), y, shape, moments, base_ + at_.scratch,
                 pool_.threads(), pool_);
  if (moments) amxMoments(moments, shape, instanceNormEps, base_ + at_.mean, base_ + at_.invStd, pool_);
}

// A 3x3 layer with stride 1.
void ResnetPlan::convolve(const float* x, const NormRelu& norm, const PackedConvolution& layer, float* y,
                          const MapShape& out, const InputOptions& options) noexcept {
  if (layer.usesAmx) {
    AmxShape shape = amxShape(out, layer);
    shape.padding = options.padding;
    shape.upsample2x = options.upsample2x;
    return amxLayer(x, norm, layer, y, shape, true);
  }
  WinogradShape shape = winogradShape(out, layer);
  shape.padding = options.padding;
  shape.upsample2x = options.upsample2x;
  float* moments = this->moments();
  if (calibration_) calibration_->observe(x, norm, shape, pool_);
  winograd(x, norm, layer.weights.get(), layer.bias.data(), y, shape, moments, base_ + at_.scratch,
           pool_.threads(), pool_);
  if (moments) winogradMoments(moments, shape, instanceNormEps, base_ + at_.mean, base_ + at_.invStd, pool_);
}

void ResnetPlan::firstLayer() noexcept {
  const MapShape out = map(1, ngf_);
  if (weights_.first.usesAmx) {
    AmxShape shape = amxShape(out, weights_.first);
    shape.padding = Padding::reflect;
    const MutableFloatImage in = input(base_);
    shape.inRow = in.rowStride;
    return amxLayer(in.data, {}, weights_.first, base_ + at_.mapA, shape, true);
  }
  reflectInput();
  const ColumnsShape shape = columnsShape(weights_.first);
  float* moments = this->moments();
  winogradColumns(base_ + at_.input, {}, weights_.first.weights.get(), weights_.first.bias.data(),
                  base_ + at_.mapA, shape, moments, base_ + at_.scratch, pool_.threads(), pool_);
  if (moments)
    winogradColumnsMoments(moments, shape, instanceNormEps, base_ + at_.mean, base_ + at_.invStd, pool_);
}

// Reads and writes map A; map B holds the full-resolution or padded map in between.
void ResnetPlan::downLayer(std::size_t index) noexcept {
  float* x = base_ + at_.mapA;
  float* wide = base_ + at_.mapB;
  const std::int64_t divisor = index == 0 ? 1 : 2;
  const PackedConvolution& layer = weights_.down[index];
  const MapShape in = map(divisor, divisor * ngf_);
  if (!weights_.spec.noAntialias) {
    const MapShape out = map(divisor, 2 * divisor * ngf_);
    const NormRelu norm = index == 0 ? pendingNorm() : NormRelu{};  // blurPool has applied the norm already
    convolve(x, norm, layer, wide, out, {});
    blurPool(wide, pendingNorm(), x, out, pool_);
    return;
  }
  const MapShape out = map(2 * divisor, 2 * divisor * ngf_);
  padWithZeros(x, pendingNorm(), wide, in, {.before = 1, .after = 1}, pool_);
  DirectShape shape = layer.direct();
  shape.outHeight = out.height;
  shape.outWidth = out.width;
  shape.stride = 2;
  shape.inRow = (in.width + 2) * in.channels;
  shape.outRow = out.width * out.channels;
  shape.outPixel = out.channels;
  directConvolution(wide, layer.weights.get(), layer.bias.data(), x, shape, pool_);
  computeMoments(x, out);
}

// Map A becomes x + norm(conv(relu(norm(conv(x))))).
void ResnetPlan::block(std::size_t index) noexcept {
  const MapShape shape = map(4, 4 * ngf_);
  float* x = base_ + at_.mapA;
  float* inner = base_ + at_.mapB;
  float* outer = inner + shape.floats();
  if (index == 0 && weights_.spec.noAntialias)
    instanceNormApply(x, nullptr, x, normShape(shape), pendingNorm().mean, pendingNorm().invStd,
                      Activation::relu, pool_);
  constexpr InputOptions reflected{.padding = Padding::reflect};
  convolve(x, {}, weights_.blocks[index], inner, shape, reflected);
  convolve(inner, pendingNorm(), weights_.blocks[index + 1], outer, shape, reflected);
  instanceNormApply(outer, x, x, normShape(shape), pendingNorm().mean, pendingNorm().invStd, Activation::none,
                    pool_);
}

// The first up-sampling layer goes from map A to map B, the second one back. Transposed convolutions need map
// B for padding, and go from A to A.
void ResnetPlan::upLayer(std::size_t index) noexcept {
  float* first = base_ + at_.mapA;
  float* second = base_ + at_.mapB;
  const std::int64_t divisor = index == 0 ? 4 : 2;
  const MapShape in = map(divisor, divisor * ngf_);
  const MapShape out = map(divisor / 2, divisor / 2 * ngf_);
  const NormRelu norm = index == 0 ? NormRelu{} : pendingNorm();  // the sum of a residual block has no norm
  if (weights_.spec.noAntialiasUp) {
    padWithZeros(first, norm, second, in, {.after = 1}, pool_);
    transposedLayer(weights_.up[index], in);
    computeMoments(first, out);
    return;
  }
  if (index == 1) std::swap(first, second);
  convolve(first, norm, weights_.up[index].front(), second, out, {.upsample2x = true});
}

void ResnetPlan::transposedLayer(const std::vector<PackedConvolution>& phases, const MapShape& in) noexcept {
  for (std::size_t phase = 0; phase < phases.size(); ++phase) {
    DirectShape shape = phases[phase].direct();
    const std::int64_t outChannels = shape.outChannels;
    const std::int64_t row = 2 * in.width * outChannels;
    shape.outHeight = in.height;
    shape.outWidth = in.width;
    shape.stride = 1;
    shape.inRow = (in.width + 1) * in.channels;
    shape.outRow = 2 * row;
    shape.outPixel = 2 * outChannels;
    const auto oddRow = static_cast<std::int64_t>(phase / 2),
               oddColumn = static_cast<std::int64_t>(phase % 2);
    directConvolution(base_ + at_.mapB, phases[phase].weights.get(), phases[phase].bias.data(),
                      base_ + at_.mapA + oddRow * row + oddColumn * outChannels, shape, pool_);
  }
}

void ResnetPlan::lastLayer() noexcept {
  if (weights_.last.usesAmx) return lastLayerAmx();
  float* partial = base_ + at_.mapB;
  winogradColumns(base_ + at_.mapA, pendingNorm(), weights_.last.weights.get(), weights_.last.bias.data(),
                  partial, columnsShape(weights_.last), nullptr, base_ + at_.scratch, pool_.threads(), pool_);
  imageFrom(partial);
}

void ResnetPlan::lastLayerAmx() noexcept {
  AmxShape shape = amxShape(map(1, ngf_), weights_.last);
  shape.padding = Padding::reflect;
  float* partial = base_ + at_.mapB;
  amxLayer(base_ + at_.mapA, pendingNorm(), weights_.last, partial, shape, false);
  imageFrom(partial);
}

void ResnetPlan::imageFrom(const float* partial) noexcept {
  outputStage(partial, weights_.lastBias.data(), base_ + at_.output,
              {height_, width_, weights_.spec.outputChannels, weights_.last.outputs}, pool_);
}

}  // namespace cut::cpu
