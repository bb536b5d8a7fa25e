// Rows of a matrix unit's input: fp32 with its norm and ReLU, doubling and border, to bf16, two halves of
// that or bytes. Included once, by matrix_convolution_amx.cpp after it has set its instructions.

namespace cut::cpu {
namespace {

__mmask16 firstLanes(std::int64_t count) {
  return static_cast<__mmask16>(count >= channelGroup ? 0xFFFF : (1 << count) - 1);
}

// Stores 16 channels from c on.
struct ToBf16 {
  using Element = std::uint16_t;

  ToBf16(const MatrixShape&, const float*, std::int64_t) {}
  void operator()(Element* to, std::int64_t, __m512 value, __mmask16 lanes = 0xFFFF) const {
    _mm256_mask_storeu_epi16(to, lanes, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)));
  }

  Element zero = 0;
};

struct ToHalves {
  using Element = std::uint16_t;

  ToHalves(const MatrixShape&, const float*, std::int64_t elements) : toLow(elements) {}
  void operator()(Element* to, std::int64_t, __m512 value, __mmask16 lanes = 0xFFFF) const {
    const auto high = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value));
    const __m512 kept =
        _mm512_castsi512_ps(_mm512_maskz_slli_epi32(0xFFFF, _mm512_maskz_cvtepu16_epi32(0xFFFF, high), 16));
    const auto low = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_sub_ps(value, kept)));
    _mm256_mask_storeu_epi16(to, lanes, high);
    _mm256_mask_storeu_epi16(to + toLow, lanes, low);
  }

  Element zero = 0;
  std::int64_t toLow;  // elements from a high half to its low one
};

struct ToInt8 {
  using Element = std::uint8_t;

  // Before the packed weights lie the inputs' scales.
  ToInt8(const MatrixShape& shape, const float* packedWeights, std::int64_t)
      : zero(static_cast<Element>(shape.zero())), scales(packedWeights) {}
  void operator()(Element* to, std::int64_t c, __m512 value, __mmask16 lanes = 0xFFFF) const {
    const __m512 scaled = _mm512_maskz_min_ps(
        0xFFFF, _mm512_mul_ps(value, _mm512_maskz_loadu_ps(lanes, scales + c)), _mm512_set1_ps(255));
    const __m512i rounded = _mm512_maskz_cvtps_epi32(0xFFFF, scaled);
    const __m512i shifted = _mm512_add_epi32(rounded, _mm512_set1_epi32(zero));
    // What is beyond 255 saturates, and so would what is below zero.
    _mm512_mask_cvtusepi32_storeu_epi8(to, lanes,
                                       _mm512_maskz_max_epi32(0xFFFF, shifted, _mm512_setzero_si512()));
  }

  Element zero;
  const float* scales;
};

// Of 16 channels.
template <bool normalise>
class ChannelLoader {
 public:
  ChannelLoader(const NormRelu& norm, std::int64_t c) {
    if constexpr (normalise) {
      mean_ = _mm512_loadu_ps(norm.mean + c);
      scale_ = _mm512_loadu_ps(norm.inverseDeviation + c);
    }
  }

  __m512 operator()(const float* x) const {
    const __m512 value = _mm512_loadu_ps(x);
    if constexpr (!normalise) return value;
    // Zero first: NaN where there is NaN.
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

  // `elements` of a packed row, or of each half of it: its pixels with their border, and what a last chunk
  // reads beyond them.
  RowPacker(const float* x, const NormRelu& norm, const MatrixShape& shape, const float* packedWeights,
            std::int64_t elements)
      : x_(x), norm_(norm), shape_(shape), store_(shape, packedWeights, elements), elements_(elements) {}

  // `row` from -kernelHeight / 2 on.
  void pack(std::int64_t row, Element* to) const {
    if (row < 0 || row >= shape_.height) {
      if (shape_.border == Border::zeros) {
        std::fill_n(to, elements_ * shape_.halves(), store_.zero);
        return;
      }
      row = row < 0 ? -row : 2 * (shape_.height - 1) - row;
    }
    packInside(row, to + shape_.kernelWidth / 2 * shape_.inChannels);
    for (std::int64_t half = 0; half < shape_.halves(); ++half) packBorder(to + half * elements_);
  }

 private:
  void packBorder(Element* to) const {
    const bool mirrored = shape_.border == Border::mirrored;
    const std::int64_t channels = shape_.inChannels, reach = shape_.kernelWidth / 2;
    Element* first = to + reach * channels;
    Element* last = first + (shape_.width - 1) * channels;
    for (std::int64_t i = 1; i <= reach; ++i) {
      if (mirrored) {
        std::copy_n(first + i * channels, channels, first - i * channels);
        std::copy_n(last - i * channels, channels, last + i * channels);
      } else {
        std::fill_n(first - i * channels, channels, store_.zero);
        std::fill_n(last + i * channels, channels, store_.zero);
      }
    }
    std::fill(last + (1 + reach) * channels, to + elements_, store_.zero);
  }

  void packInside(std::int64_t row, Element* to) const {
    const std::int64_t width = shape_.doubled ? shape_.width / 2 : shape_.width;
    const std::int64_t inRow = shape_.inRow ? shape_.inRow : width * shape_.inChannels;
    if (!shape_.doubled) {
      norm_.mean                              ? packNormed<true>(x_ + row * inRow, to)
      : shape_.inChannels % channelGroup == 0 ? packNormed<false>(x_ + row * inRow, to)
                                              : packDense(x_ + row * inRow, to);
      return;
    }
    const std::int64_t near = row / 2;
    const std::int64_t far = std::clamp(near + (row % 2 ? 1 : -1), std::int64_t{0}, shape_.height / 2 - 1);
    norm_.mean ? packDoubled<true>(x_ + near * inRow, x_ + far * inRow, to)
               : packDoubled<false>(x_ + near * inRow, x_ + far * inRow, to);
  }

  // Channels that fill no group, which have no scales either.
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

  // near and far: the two rows that the doubled one lies between; it is three quarters near.
  template <bool normalise>
  void packDoubled(const float* near, const float* far, Element* to) const {
    const __m512 quarter = _mm512_set1_ps(0.25F), three = _mm512_set1_ps(0.75F);
    const auto between = [&](__m512 a, __m512 b) {
      return _mm512_fmadd_ps(a, three, _mm512_mul_ps(b, quarter));
    };
    const std::int64_t half = shape_.width / 2, channels = shape_.inChannels;
    for (std::int64_t c = 0; c < channels; c += channelGroup) {
      const ChannelLoader<normalise> load(norm_, c);
      const auto column = [&](std::int64_t p) {
        return between(load(near + p * channels + c), load(far + p * channels + c));
      };
      __m512 middle = column(0), left = middle;
      for (std::int64_t p = 0; p < half; ++p) {
        const __m512 right = p + 1 < half ? column(p + 1) : middle;
        store_(to + 2 * p * channels + c, c, between(middle, left));
        store_(to + (2 * p + 1) * channels + c, c, between(middle, right));
        left = middle;
        middle = right;
      }
    }
  }

  const float* x_;
  const NormRelu& norm_;
  const MatrixShape& shape_;
  Store store_;
  std::int64_t elements_;
};

}  // namespace
}  // namespace cut::cpu
