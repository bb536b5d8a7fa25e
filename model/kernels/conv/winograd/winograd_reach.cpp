// How large the transformed inputs of a layer get: the first half of its convolution, on frames that
// calibrate int8.
#include "kernels/conv/winograd/winograd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/winograd_reach.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/base/load-inl.hpp"
#include "kernels/conv/winograd/winograd_transforms-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// Raises reach[e * stride] to the magnitude of tile element e.
struct Reach {
  HWY_INLINE void put(const Vec& value, std::int64_t e) const {
    const Floats d;
    float* to = reach + e * stride;
    hn::StoreU(hn::Max(hn::LoadU(d, to), hn::Abs(value)), d, to);
  }

  float* reach;
  std::int64_t stride;
};

template <bool normalise, typename Tile>
HWY_ATTR void raiseChannels(const float* x, const NormRelu& norm, const WinogradShape& shape, std::int64_t c,
                            float* reach) {
  const Loader<normalise> load(norm, c);
  const Reach to{reach + c, shape.inChannels};
  for (std::int64_t t = 0; t < shape.tiles(); ++t) {
    const Tile tile(shape, t);
    tile.inside ? transformInput<true>(x + c, tile, load, to) : transformInput<false>(x + c, tile, load, to);
  }
}

HWY_ATTR void raise(const float* x, const NormRelu& norm, const WinogradShape& shape, float* reach,
                    ParallelFor parallelFor) {
  parallelFor(shape.inChannels / laneCount, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t c = begin * laneCount; c < end * laneCount; c += laneCount) {
      if (shape.upsample2x)
        norm.mean ? raiseChannels<true, UpsampledTile<FourByFour>>(x, norm, shape, c, reach)
                  : raiseChannels<false, UpsampledTile<FourByFour>>(x, norm, shape, c, reach);
      else
        norm.mean ? raiseChannels<true, InputTile<FourByFour>>(x, norm, shape, c, reach)
                  : raiseChannels<false, InputTile<FourByFour>>(x, norm, shape, c, reach);
    }
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {
HWY_EXPORT(raise);

void winogradReach(const float* x, const NormRelu& norm, const WinogradShape& shape, float* reach,
                   ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(raise)(x, norm, shape, reach, parallelFor);
}

}  // namespace cut::cpu
#endif
