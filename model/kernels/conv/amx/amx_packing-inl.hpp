// SPDX-License-Identifier: MIT
// Packs rows of fp32 activations for AMX: norm and ReLU, bilinear upsampling and padding are applied, and
// elements become bf16, two bf16 terms, or quantized bytes. Included once, by amx_convolution.cpp after it
// has set the target.

namespace cut::cpu {
namespace {

__mmask16 firstLanes(std::int64_t count) {
  return static_cast<__mmask16>(count >= channelGroup ? 0xFFFF : (1 << count) - 1);
}

// Store policies: each stores 16 channels from channel c on in the element type of a ComputeType.
struct StoreBf16 {
  using Element = std::uint16_t;

  StoreBf16(const AmxShape&, const float*, std::int64_t) {}
  void operator()(Element* to, std::int64_t, __m512 value, __mmask16 lanes = 0xFFFF) const {
    _mm256_mask_storeu_epi16(to, lanes, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)));
  }

  Element zeroPoint = 0;
};

struct StoreBf16Terms {
  using Element = std::uint16_t;

  StoreBf16Terms(const AmxShape&, const float*, std::int64_t elements) : lowTerm(elements) {}
  void operator()(Element* to, std::int64_t, __m512 value, __mmask16 lanes = 0xFFFF) const {
    const auto high = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value));
    const __m512 kept =
        _mm512_castsi512_ps(_mm512_maskz_slli_epi32(0xFFFF, _mm512_maskz_cvtepu16_epi32(0xFFFF, high), 16));
    const auto low = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_sub_ps(value, kept)));
    _mm256_mask_storeu_epi16(to, lanes, high);
    _mm256_mask_storeu_epi16(to + lowTerm, lanes, low);
  }

  Element zeroPoint = 0;
  std::int64_t lowTerm;  // elements from a high term to its low one
};

struct StoreInt8 {
  using Element = std::uint8_t;

  // The input channels' scales lie before the packed weights.
  StoreInt8(const AmxShape& shape, const float* packedWeights, std::int64_t)
      : zeroPoint(static_cast<Element>(shape.zeroPoint())), scales(packedWeights) {}
  void operator()(Element* to, std::int64_t c, __m512 value, __mmask16 lanes = 0xFFFF) const {
    const __m512 scaled = _mm512_maskz_min_ps(
        0xFFFF, _mm512_mul_ps(value, _mm512_maskz_loadu_ps(lanes, scales + c)), _mm512_set1_ps(255));
    const __m512i rounded = _mm512_maskz_cvtps_epi32(0xFFFF, scaled);
    const __m512i shifted = _mm512_add_epi32(rounded, _mm512_set1_epi32(zeroPoint));
    // The conversion saturates above 255; it reads integers as unsigned, so negative ones are clamped before.
    _mm512_mask_cvtusepi32_storeu_epi8(to, lanes,
                                       _mm512_maskz_max_epi32(0xFFFF, shifted, _mm512_setzero_si512()));
  }

  Element zeroPoint;
  const float* scales;
};

// Loads 16 channels with their norm and ReLU.
template <bool normalise>
class ChannelLoader {
 public:
  ChannelLoader(const NormRelu& norm, std::int64_t c) {
    if constexpr (normalise) {
      mean_ = _mm512_loadu_ps(norm.mean + c);
      scale_ = _mm512_loadu_ps(norm.invStd + c);
    }
  }

  __m512 operator()(const float* x) const {
    const __m512 value = _mm512_loadu_ps(x);
    if constexpr (!normalise) return value;
    // Zero comes first: vmaxps gives its second operand where one is NaN, so that NaN is passed on.
    return _mm512_maskz_max_ps(0xFFFF, _mm512_setzero_ps(),
                               _mm512_mul_ps(_mm512_sub_ps(value, mean_), scale_));
  }

 private:
  __m512 mean_, scale_;
};

template <typename Store>
class RowPacker {
 public:
  using Element = typename Store::Element;

  // elements: of each term of a packed row, with padding and with what the last K-block reads beyond it.
  RowPacker(const float* x, const NormRelu& norm, const AmxShape& shape, const float* packedWeights,
            std::int64_t elements)
      : x_(x), norm_(norm), shape_(shape), store_(shape, packedWeights, elements), elements_(elements) {}

  // row: from -kernelHeight / 2 on, so that padding rows can be packed.
  void pack(std::int64_t row, Element* to) const {
    if (row < 0 || row >= shape_.height) {
      if (shape_.padding == Padding::zeros) {
        std::fill_n(to, elements_ * shape_.terms(), store_.zeroPoint);
        return;
      }
      row = row < 0 ? -row : 2 * (shape_.height - 1) - row;
    }
    packInside(row, to + shape_.kernelWidth / 2 * shape_.inChannels);
    for (std::int64_t term = 0; term < shape_.terms(); ++term) packPadding(to + term * elements_);
  }

 private:
  void packPadding(Element* to) const {
    const bool reflect = shape_.padding == Padding::reflect;
    const std::int64_t channels = shape_.inChannels, pad = shape_.kernelWidth / 2;
    Element* first = to + pad * channels;
    Element* last = first + (shape_.width - 1) * channels;
    for (std::int64_t i = 1; i <= pad; ++i) {
      if (reflect) {
        std::copy_n(first + i * channels, channels, first - i * channels);
        std::copy_n(last - i * channels, channels, last + i * channels);
      } else {
        std::fill_n(first - i * channels, channels, store_.zeroPoint);
        std::fill_n(last + i * channels, channels, store_.zeroPoint);
      }
    }
    std::fill(last + (1 + pad) * channels, to + elements_, store_.zeroPoint);
  }

  void packInside(std::int64_t row, Element* to) const {
    const std::int64_t width = shape_.upsample2x ? shape_.width / 2 : shape_.width;
    const std::int64_t inRow = shape_.inRow ? shape_.inRow : width * shape_.inChannels;
    if (!shape_.upsample2x) {
      norm_.mean                              ? packNormed<true>(x_ + row * inRow, to)
      : shape_.inChannels % channelGroup == 0 ? packNormed<false>(x_ + row * inRow, to)
                                              : packDense(x_ + row * inRow, to);
      return;
    }
    const std::int64_t near = row / 2;
    const std::int64_t far = std::clamp(near + (row % 2 ? 1 : -1), std::int64_t{0}, shape_.height / 2 - 1);
    norm_.mean ? packUpsampled<true>(x_ + near * inRow, x_ + far * inRow, to)
               : packUpsampled<false>(x_ + near * inRow, x_ + far * inRow, to);
  }

  // Inputs whose channels are not a multiple of channelGroup: no norm, no int8 scales.
  void packDense(const float* x, Element* to) const {
    const std::int64_t count = shape_.width * shape_.inChannels;
    for (std::int64_t i = 0; i < count; i += channelGroup) {
      const __mmask16 lanes = firstLanes(count - i);
      store_(to + i, 0, _mm512_maskz_loadu_ps(lanes, x + i), lanes);
    }
  }

  template <bool normalise>
  void packNormed(const float* x, Element* to) const {
    for (std::int64_t p = 0; p < shape_.width; ++p)
      for (std::int64_t c = 0; c < shape_.inChannels;
           c += channelGroup, x += channelGroup, to += channelGroup)
        store_(to, c, ChannelLoader<normalise>(norm_, c)(x));
  }

  // Bilinear upsampling by two: an output row is 3/4 of the near and 1/4 of the far input row.
  template <bool normalise>
  void packUpsampled(const float* near, const float* far, Element* to) const {
    const __m512 quarter = _mm512_set1_ps(0.25F), three = _mm512_set1_ps(0.75F);
    const auto between = [&](__m512 a, __m512 b) {
      return _mm512_fmadd_ps(a, three, _mm512_mul_ps(b, quarter));
    };
    const std::int64_t term = shape_.width / 2, channels = shape_.inChannels;
    for (std::int64_t c = 0; c < channels; c += channelGroup) {
      const ChannelLoader<normalise> load(norm_, c);
      const auto column = [&](std::int64_t p) {
        return between(load(near + p * channels + c), load(far + p * channels + c));
      };
      __m512 middle = column(0), left = middle;
      for (std::int64_t p = 0; p < term; ++p) {
        const __m512 right = p + 1 < term ? column(p + 1) : middle;
        store_(to + 2 * p * channels + c, c, between(middle, left));
        store_(to + (2 * p + 1) * channels + c, c, between(middle, right));
        left = middle;
        middle = right;
      }
    }
  }

  const float* x_;
  const NormRelu& norm_;
  const AmxShape& shape_;
  Store store_;
  std::int64_t elements_;
};

}  // namespace
}  // namespace cut::cpu
