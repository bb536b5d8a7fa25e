// SPDX-License-Identifier: MIT
#include "kernels/conv/winograd/activation_range.hpp"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/activation_range.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"
#include "kernels/conv/winograd/winograd_transforms-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// Takes a transformed tile and raises absmax[e * stride] to the magnitude of its element e.
struct AbsmaxOfTile {
  HWY_INLINE void put(const Vec& value, std::int64_t e) const {
    const Floats d;
    float* to = absmax + e * stride;
    hn::StoreU(hn::Max(hn::LoadU(d, to), hn::Abs(value)), d, to);
  }

  float* absmax;
  std::int64_t stride;
};

template <bool normalise, typename Tile>
HWY_ATTR void absmaxOfChannels(const float* x, const NormRelu& norm, const WinogradShape& shape,
                               std::int64_t c, float* absmax) {
  const Loader<normalise> load(norm, c);
  const AbsmaxOfTile to{absmax + c, shape.inChannels};
  for (std::int64_t t = 0; t < shape.tiles(); ++t) {
    const Tile tile(shape, t);
    tile.inside ? transformInput<true>(x + c, tile, load, to) : transformInput<false>(x + c, tile, load, to);
  }
}

HWY_ATTR void absmaxOfMap(const float* x, const NormRelu& norm, const WinogradShape& shape, float* absmax,
                          ParallelFor parallelFor) {
  parallelFor(shape.inChannels / laneCount, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t c = begin * laneCount; c < end * laneCount; c += laneCount) {
      if (shape.upsample2x)
        norm.mean ? absmaxOfChannels<true, UpsampledTile<FourByFour>>(x, norm, shape, c, absmax)
                  : absmaxOfChannels<false, UpsampledTile<FourByFour>>(x, norm, shape, c, absmax);
      else
        norm.mean ? absmaxOfChannels<true, InputTile<FourByFour>>(x, norm, shape, c, absmax)
                  : absmaxOfChannels<false, InputTile<FourByFour>>(x, norm, shape, c, absmax);
    }
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {
HWY_EXPORT(absmaxOfMap);

void activationAbsmax(const float* x, const NormRelu& norm, std::int64_t pixels, std::int64_t channels,
                      float* absmax, ParallelFor parallelFor) noexcept {
  parallelFor(channels / channelGroup, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = 0; p < pixels; ++p)
      for (std::int64_t c = begin * channelGroup; c < end * channelGroup; ++c) {
        const float value = x[p * channels + c];
        const float magnitude =
            norm.mean ? std::max((value - norm.mean[c]) * norm.invStd[c], 0.0F) : std::abs(value);
        absmax[c] = std::max(absmax[c], magnitude);
      }
  });
}

void transformedAbsmax(const float* x, const NormRelu& norm, const WinogradShape& shape, float* absmax,
                       ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(absmaxOfMap)(x, norm, shape, absmax, parallelFor);
}

}  // namespace cut::cpu
#endif
