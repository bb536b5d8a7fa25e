// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <cstring>

#include "kernels/image/yuv_conversion.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/image/yuv_pack.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Words = hn::RebindToSigned<Floats>;

constexpr std::int64_t tileColumns = 512;  // per pass, so that intermediate lines stay in the L1 cache; even
constexpr std::int64_t lineFloats = tileColumns + 2 * 64;  // vectors may write beyond the end

// Luma and unfiltered chroma of a tile's row, from the column before the tile on.
struct Line {
  HWY_ALIGN float y[lineFloats];
  HWY_ALIGN float u[lineFloats];
  HWY_ALIGN float v[lineFloats];
};

// Converts a row of the network's output to samples of the format, clamped, not rounded.
class RowEncoder {
 public:
  RowEncoder(const FloatImage& from, const YuvFormat& format) : from_(from), transform_(yuvFromRgb(format)) {}

  // Columns [x, x + count), x >= 0. Returns whether all of them are numbers.
  HWY_ATTR bool encode(std::int64_t row, std::int64_t x, std::int64_t count, float* y, float* u, float* v) {
    const Floats d;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    const float* in = from_.data + row * from_.rowStride + x * from_.pixelStride;
    const bool packed = from_.pixelStride == 3 && from_.channelStride == 1;
    auto numbers = hn::Zero(d);
    std::int64_t i = 0;
    if (packed)
      for (; i + lanes <= count; i += lanes) {
        auto r = hn::Undefined(d), g = hn::Undefined(d), b = hn::Undefined(d);
        hn::LoadInterleaved3(d, in + 3 * i, r, g, b);
        numbers = hn::Or(numbers, store(r, g, b, i, y, u, v));
      }
    HWY_ALIGN float rest[3][lineFloats];
    for (std::size_t c = 0; c < 3; ++c) {
      const float* channel = in + static_cast<std::ptrdiff_t>(c) * from_.channelStride;
      for (std::int64_t at = i; at < count; ++at) rest[c][at] = channel[at * from_.pixelStride];
      std::fill_n(rest[c] + count, lanes, 0.0f);
    }
    for (; i < count; i += lanes)
      numbers = hn::Or(numbers, store(hn::LoadU(d, rest[0] + i), hn::LoadU(d, rest[1] + i),
                                      hn::LoadU(d, rest[2] + i), i, y, u, v));
    return hn::AllTrue(d, hn::Eq(numbers, hn::Zero(d)));
  }

 private:
  using Vec = hn::Vec<Floats>;

  // Returns nonzero lanes where a value is NaN.
  HWY_ATTR Vec store(Vec r, Vec g, Vec b, std::int64_t at, float* y, float* u, float* v) const {
    const Floats d;
    const auto low = hn::Set(d, -1.0f), high = hn::Set(d, 1.0f);
    const auto clamp = [&](Vec x) HWY_ATTR { return hn::Min(hn::Max(x, low), high); };
    const auto isNumber = hn::And(hn::And(hn::Eq(r, r), hn::Eq(g, g)), hn::Eq(b, b));
    const auto bad = hn::IfThenZeroElse(isNumber, high);
    r = hn::IfThenElseZero(isNumber, clamp(r));
    g = hn::IfThenElseZero(isNumber, clamp(g));
    b = hn::IfThenElseZero(isNumber, clamp(b));
    float* const to[3] = {y, u, v};
    for (std::size_t c = 0; c < 3; ++c) {
      const auto& factor = transform_.factor[c];
      auto sum = hn::MulAdd(r, hn::Set(d, factor[0]), hn::Set(d, transform_.offset[c]));
      sum = hn::MulAdd(g, hn::Set(d, factor[1]), sum);
      sum = hn::MulAdd(b, hn::Set(d, factor[2]), sum);
      hn::StoreU(sum, d, to[c] + at);
    }
    return bad;
  }

  FloatImage from_;
  ColorTransform transform_;
};

// Samples of that depth, rounded, in the upper bits of their words from `shift` on.
HWY_ATTR HWY_INLINE hn::Vec<Words> quantize(hn::Vec<Floats> sample, int depth, int shift) {
  const Floats d;
  const auto high = hn::Set(d, static_cast<float>((1 << depth) - 1));
  return hn::ShiftLeftSame(hn::NearestInt(hn::Min(hn::Max(sample, hn::Zero(d)), high)), shift);
}

template <typename Word>
HWY_ATTR std::int64_t storeVectors(const float* line, std::int64_t count, int depth, int shift,
                                   std::uint8_t* out) {
  const Floats d;
  const hn::Rebind<Word, Floats> dw;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto words = quantize(hn::LoadU(d, line + i), depth, shift);
    hn::StoreU(hn::DemoteTo(dw, words), dw, reinterpret_cast<Word*>(out) + i);
  }
  return i;
}

// Two interleaved components in one plane (NV12, P010).
template <typename Word, typename Pair>
HWY_ATTR std::int64_t storePairs(const float* first, const float* second, std::int64_t count, int depth,
                                 int shift, std::uint8_t* out) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto sample = [&](const float* at) HWY_ATTR { return quantize(hn::LoadU(d, at), depth, shift); };
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto pair =
        hn::Or(sample(first + i), hn::ShiftLeftSame(sample(second + i), static_cast<int>(8 * sizeof(Word))));
    if constexpr (sizeof(Pair) == 4) {
      const hn::RebindToUnsigned<Floats> dw;
      hn::StoreU(hn::BitCast(dw, pair), dw, reinterpret_cast<Pair*>(out) + i);
    } else {
      const hn::Rebind<Pair, Floats> dw;
      hn::StoreU(hn::DemoteTo(dw, pair), dw, reinterpret_cast<Pair*>(out) + i);
    }
  }
  return i;
}

// Groups of four bytes that hold all components (YUY2, AYUV), as many as fill vectors; returns how many.
HWY_ATTR std::int64_t storeGroups(const float* y, const float* u, const float* v, std::int64_t groups,
                                  const YuvFormat& format, std::uint8_t* out) {
  const Floats d;
  const hn::RebindToUnsigned<Floats> dw;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto placed = [](hn::Vec<Floats> sample, int offset)
                          HWY_ATTR { return quantize(sample, 8, 8 * offset); };
  std::int64_t i = 0;
  for (; i + lanes <= groups; i += lanes) {
    auto word =
        hn::Or(placed(hn::LoadU(d, u + i), format.u.offset), placed(hn::LoadU(d, v + i), format.v.offset));
    if (format.chromaShiftX == 0) {
      word = hn::Or(word, placed(hn::LoadU(d, y + i), format.y.offset));
    } else {
      auto even = hn::Undefined(d), odd = hn::Undefined(d);
      hn::LoadInterleaved2(d, y + 2 * i, even, odd);
      word = hn::Or(word, hn::Or(placed(even, format.y.offset), placed(odd, format.y.offset + 2)));
    }
    hn::StoreU(hn::BitCast(dw, word), dw, reinterpret_cast<std::uint32_t*>(out) + i);
  }
  return i;
}

// Samples at any stride: rounded in vectors, stored one by one.
HWY_ATTR void storeApart(const float* line, std::int64_t begin, std::int64_t end, const YuvFormat& format,
                         int step, std::uint8_t* out) {
  std::uint16_t words[lineFloats];
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t vectors = (end - begin + lanes - 1) / lanes * lanes;
  storeVectors<std::uint16_t>(line + begin, vectors, format.depth, format.shift,
                              reinterpret_cast<std::uint8_t*>(words));
  out += begin * step;
  if (format.depth == 8)
    for (std::int64_t i = 0; i < end - begin; ++i) out[i * step] = static_cast<std::uint8_t>(words[i]);
  else
    for (std::int64_t i = 0; i < end - begin; ++i) std::memcpy(out + i * step, words + i, 2);
}

// Stores samples of one component from column `x` on; the first `done` are stored already.
HWY_ATTR void storeSamples(const float* line, std::int64_t count, const MutableYuvView& to,
                           const YuvComponent& component, std::int64_t row, std::int64_t x,
                           std::int64_t done = 0) {
  const YuvFormat& format = to.format;
  const auto plane = static_cast<std::size_t>(component.plane);
  std::uint8_t* out =
      to.planes[plane] + row * to.strides[plane] + component.offset + x * std::int64_t{component.step};
  if (done == 0 && format.depth == 8 && component.step == 1)
    done = storeVectors<std::uint8_t>(line, count, format.depth, format.shift, out);
  else if (done == 0 && format.depth > 8 && component.step == 2)
    done = storeVectors<std::uint16_t>(line, count, format.depth, format.shift, out);
  if (done < count) storeApart(line, done, count, format, component.step, out);
}

HWY_ATTR void storeChroma(const float* u, const float* v, std::int64_t count, const MutableYuvView& to,
                          std::int64_t row, std::int64_t x) {
  const YuvFormat& format = to.format;
  const int bytes = format.depth > 8 ? 2 : 1;
  const bool pairs = format.u.plane == format.v.plane && format.u.step == 2 * bytes &&
                     format.v.step == 2 * bytes && format.u.offset + format.v.offset == bytes;
  std::int64_t done = 0;
  if (pairs) {
    const bool blueFirst = format.u.offset == 0;
    const float* first = blueFirst ? u : v;
    const float* second = blueFirst ? v : u;
    const auto plane = static_cast<std::size_t>(format.u.plane);
    std::uint8_t* out = to.planes[plane] + row * to.strides[plane] + x * 2 * bytes;
    done =
        bytes == 1
            ? storePairs<std::uint8_t, std::uint16_t>(first, second, count, format.depth, format.shift, out)
            : storePairs<std::uint16_t, std::uint32_t>(first, second, count, format.depth, format.shift, out);
  }
  storeSamples(u, count, to, format.u, row, x, done);
  storeSamples(v, count, to, format.v, row, x, done);
}

// Adds the weighted chroma of a row to the sum over the rows that share its samples.
HWY_ATTR void accumulate(const float* line, float weight, std::int64_t count, float* sum) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto factor = hn::Set(d, weight);
  for (std::int64_t i = 0; i < count; i += lanes)
    hn::StoreU(hn::MulAdd(hn::LoadU(d, line + i), factor, hn::LoadU(d, sum + i)), d, sum + i);
}

// `line` begins with the column before the tile, and ends with one behind it.
HWY_ATTR void downsampleLine(const float* line, ChromaSite site, std::int64_t count, float* to) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const bool cosited = site == ChromaSite::cosited;
  const auto outer = hn::Set(d, cosited ? 0.25f : 0.0f), middle = hn::Set(d, 0.5f),
             behind = hn::Set(d, cosited ? 0.25f : 0.5f);
  for (std::int64_t i = 0; i < count; i += lanes) {
    auto before = hn::Undefined(d), at = hn::Undefined(d), after = hn::Undefined(d), next = hn::Undefined(d);
    hn::LoadInterleaved2(d, line + 2 * i, before, at);
    hn::LoadInterleaved2(d, line + 2 * i + 2, after, next);
    hn::StoreU(hn::MulAdd(before, outer, hn::MulAdd(at, middle, hn::Mul(after, behind))), d, to + i);
  }
}

// The chroma rows [begin, end) and the luma rows that share them.
class Packer {
 public:
  Packer(const FloatImage& from, const MutableYuvView& to)
      : encoder_(from, to.format), to_(to), grouped_(isGrouped(to.format)) {}

  HWY_ATTR bool pack(std::int64_t begin, std::int64_t end) {
    bool numbers = true;
    for (std::int64_t row = begin; row < end; ++row)
      for (std::int64_t x = 0; x < to_.width; x += tileColumns)
        numbers = packTile(row, x, std::min(tileColumns, to_.width - x)) && numbers;
    return numbers;
  }

 private:
  // All components in one word of four bytes, which one or two columns share.
  static bool isGrouped(const YuvFormat& format) {
    return format.depth == 8 && format.y.plane == format.u.plane && format.u.plane == format.v.plane &&
           format.chromaShiftY == 0 && format.u.step == 4 && format.v.step == 4 &&
           format.y.step << format.chromaShiftX == 4 && format.y.offset < format.y.step &&
           format.u.offset < 4 && format.v.offset < 4;
  }

  // One row of a tile, with a column of its neighbours on either side where chroma is to be filtered.
  HWY_ATTR bool encode(std::int64_t row, std::int64_t x, std::int64_t columns, bool withLuma) {
    const std::int64_t begin = std::max<std::int64_t>(x - 1, 0);
    const std::int64_t end = std::min<std::int64_t>(x + columns + 1, to_.width);
    const std::int64_t before = begin - (x - 1);
    const bool numbers =
        encoder_.encode(row, begin, end - begin, line_.y + before, line_.u + before, line_.v + before);
    for (float* chroma : {line_.u, line_.v}) {
      if (before == 1) chroma[0] = chroma[1];
      const std::int64_t last = end - x;  // of what was read
      std::fill(chroma + last + 1, chroma + columns + 3, chroma[last]);
    }
    if (withLuma && !grouped_) storeSamples(line_.y + 1, columns, to_, to_.format.y, row, x);
    return numbers;
  }

  HWY_ATTR bool packTile(std::int64_t row, std::int64_t x, std::int64_t columns) {
    const YuvFormat& format = to_.format;
    bool numbers = true;
    if (format.chromaShiftY == 0) {
      numbers = encode(row, x, columns, true);
      storeFiltered(line_.u, line_.v, row, x, columns);
      return numbers;
    }
    const std::int64_t width = columns + 3;
    std::fill_n(sumU_, width + 64, 0.0f);
    std::fill_n(sumV_, width + 64, 0.0f);
    const bool cosited = format.siteY == ChromaSite::cosited;
    const std::int64_t last = to_.height - 1;
    for (std::int64_t i = cosited ? -1 : 0; i <= 1; ++i) {
      const std::int64_t wanted = 2 * row + i;
      const bool own = i >= 0 && wanted <= last;
      numbers = encode(std::clamp<std::int64_t>(wanted, 0, last), x, columns, own) && numbers;
      const float weight = !cosited || i == 0 ? 0.5f : 0.25f;
      accumulate(line_.u, weight, width, sumU_);
      accumulate(line_.v, weight, width, sumV_);
    }
    storeFiltered(sumU_, sumV_, row, x, columns);
    return numbers;
  }

  HWY_ATTR void storeFiltered(const float* u, const float* v, std::int64_t row, std::int64_t x,
                              std::int64_t columns) {
    const YuvFormat& format = to_.format;
    if (format.chromaShiftX == 0) return store(u + 1, v + 1, columns, row, x, columns);
    const std::int64_t count = (columns + 1) / 2;
    downsampleLine(u, format.siteX, count, halfU_);
    downsampleLine(v, format.siteX, count, halfV_);
    store(halfU_, halfV_, count, row, x, columns);
  }

  HWY_ATTR void store(const float* u, const float* v, std::int64_t count, std::int64_t row, std::int64_t x,
                      std::int64_t columns) {
    const YuvFormat& format = to_.format;
    const std::int64_t chromaX = x >> format.chromaShiftX;
    if (!grouped_) return storeChroma(u, v, count, to_, row, chromaX);
    const auto plane = static_cast<std::size_t>(format.y.plane);
    std::uint8_t* out = to_.planes[plane] + row * to_.strides[plane] + 4 * chromaX;
    const std::int64_t groups = columns >> format.chromaShiftX;  // without a last one of a single column
    const std::int64_t done = storeGroups(line_.y + 1, u, v, groups, format, out);
    storeSamples(line_.y + 1, columns, to_, format.y, row, x, done << format.chromaShiftX);
    storeSamples(u, count, to_, format.u, row, chromaX, done);
    storeSamples(v, count, to_, format.v, row, chromaX, done);
  }

  RowEncoder encoder_;
  const MutableYuvView& to_;
  const bool grouped_;
  Line line_;
  HWY_ALIGN float sumU_[lineFloats + 64];
  HWY_ALIGN float sumV_[lineFloats + 64];
  HWY_ALIGN float halfU_[lineFloats];
  HWY_ALIGN float halfV_[lineFloats];
};

HWY_ATTR bool packRows(const FloatImage& from, const MutableYuvView& to, ParallelFor parallelFor) {
  const int shift = to.format.chromaShiftY;
  std::atomic<bool> numbers{true};
  parallelFor((to.height + shift) >> shift, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    Packer packer(from, to);
    if (!packer.pack(begin, end)) numbers = false;
  });
  return numbers;
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {
namespace {

void copyAlpha(const YuvView& from, const MutableYuvView& to) {
  const YuvComponent& in = from.format.alpha;
  const YuvComponent& out = to.format.alpha;
  if (in.plane < 0 || out.plane < 0) return;
  const auto inPlane = static_cast<std::size_t>(in.plane), outPlane = static_cast<std::size_t>(out.plane);
  for (int y = 0; y < to.height; ++y) {
    const std::uint8_t* source = from.planes[inPlane] + y * from.strides[inPlane] + in.offset;
    std::uint8_t* row = to.planes[outPlane] + y * to.strides[outPlane] + out.offset;
    const std::ptrdiff_t width = to.width;
    if (to.format.depth == 8)
      for (std::ptrdiff_t x = 0; x < width; ++x) row[x * out.step] = source[x * in.step];
    else
      for (std::ptrdiff_t x = 0; x < width; ++x) std::memcpy(row + x * out.step, source + x * in.step, 2);
  }
}

}  // namespace

HWY_EXPORT(packRows);

bool pack(const FloatImage& from, const YuvView& alphaFrom, const MutableYuvView& to,
          ParallelFor parallelFor) {
  const bool numbers = HWY_DYNAMIC_DISPATCH(packRows)(from, to, parallelFor);
  copyAlpha(alphaFrom, to);
  return numbers;
}

}  // namespace cut::cpu
#endif
