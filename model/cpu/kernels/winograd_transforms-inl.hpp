// The transforms of F(6x6, 3x3) on vectors of channels: 8x8 inputs to 64 frequencies, 64 frequencies to 6x6
// outputs. Included once per target, which is why its guard toggles.
#if defined(CUT_CPU_WINOGRAD_TRANSFORMS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CUT_CPU_WINOGRAD_TRANSFORMS_INL
#undef CUT_CPU_WINOGRAD_TRANSFORMS_INL
#else
#define CUT_CPU_WINOGRAD_TRANSFORMS_INL
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "cpu/kernels/load-inl.hpp"
#include "cpu/kernels/winograd.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// Where the 8x8 inputs of a tile lie, in floats from the map's first; -1 for a pixel of zeros.
struct InputTile {
  InputTile(const WinogradShape& shape, std::int64_t tile) {
    const std::int64_t top = tile / shape.tileColumns() * 6 - 1;
    const std::int64_t left = tile % shape.tileColumns() * 6 - 1;
    inside = top >= 0 && left >= 0 && top + 8 <= shape.height && left + 8 <= shape.width;
    for (std::int64_t i = 0; i < 8; ++i) {
      const std::int64_t row = source(top + i, shape.height, shape.border);
      const std::int64_t column = source(left + i, shape.width, shape.border);
      rows[i] = row < 0 ? -1 : row * shape.width * shape.inChannels;
      columns[i] = column < 0 ? -1 : column * shape.inChannels;
    }
  }

  // The pixel that position i of a line of n shows. Beyond the border's one pixel no output depends on it.
  static std::int64_t source(std::int64_t i, std::int64_t n, Border border) {
    if (i >= 0 && i < n) return i;
    if (border == Border::zeros || i > n || n < 2) return -1;
    return i < 0 ? 1 : n - 2;
  }

  bool inside;
  std::int64_t rows[8];
  std::int64_t columns[8];
};

// The 5x5 pixels that the 8x8 inputs of a tile come from where the map is doubled first.
struct DoubledTile {
  DoubledTile(const WinogradShape& shape, std::int64_t tile) {
    const std::int64_t top = tile / shape.tileColumns() * 6 - 1;
    const std::int64_t left = tile % shape.tileColumns() * 6 - 1;
    const std::int64_t height = shape.height / 2, width = shape.width / 2;
    inside = top >= 0 && left >= 0 && top + 8 <= shape.height && left + 8 <= shape.width;
    for (std::int64_t i = 0; i < 5; ++i) {
      rows[i] = std::clamp<std::int64_t>((top - 1) / 2 + i, 0, height - 1) * width * shape.inChannels;
      columns[i] = std::clamp<std::int64_t>((left - 1) / 2 + i, 0, width - 1) * shape.inChannels;
    }
    for (std::int64_t i = 0; i < 8; ++i) {
      rowThere[i] = top + i >= 0 && top + i < shape.height;
      columnThere[i] = left + i >= 0 && left + i < shape.width;
    }
  }

  bool inside;
  std::int64_t rows[5], columns[5];  // in floats from the map's first
  bool rowThere[8], columnThere[8];  // of the doubled map: zeros elsewhere
};

// The outputs of a tile that lie within the map.
struct OutputTile {
  OutputTile(const WinogradShape& shape, std::int64_t tile) {
    const std::int64_t top = tile / shape.tileColumns() * 6;
    const std::int64_t left = tile % shape.tileColumns() * 6;
    rows = std::min<std::int64_t>(6, shape.height - top);
    columns = std::min<std::int64_t>(6, shape.width - left);
    pixel = shape.outChannels;
    row = shape.width * pixel;
    first = top * row + left * pixel;
  }

  std::int64_t pixels() const { return rows * columns; }

  std::int64_t rows, columns;      // 1 to 6
  std::int64_t first, row, pixel;  // in floats
};

// B^T x, in place.
HWY_INLINE void inputLine(Vec x[8]) {
  const Floats d;
  const Vec c5_25 = hn::Set(d, 5.25f), c4_25 = hn::Set(d, 4.25f), c2_5 = hn::Set(d, 2.5f);
  const Vec c1_25 = hn::Set(d, 1.25f), half = hn::Set(d, 0.5f), quarter = hn::Set(d, 0.25f);
  const Vec two = hn::Set(d, 2.0f), four = hn::Set(d, 4.0f), five = hn::Set(d, 5.0f);
  const Vec y0 = hn::MulAdd(hn::Sub(x[4], x[2]), c5_25, hn::Sub(x[0], x[6]));
  const Vec y7 = hn::MulAdd(hn::Sub(x[3], x[5]), c5_25, hn::Sub(x[7], x[1]));
  const Vec even1 = hn::NegMulAdd(x[4], c4_25, hn::Add(x[2], x[6]));
  const Vec odd1 = hn::NegMulAdd(x[3], c4_25, hn::Add(x[1], x[5]));
  const Vec even2 = hn::NegMulAdd(x[4], c1_25, hn::MulAdd(x[2], quarter, x[6]));
  const Vec odd2 = hn::NegMulAdd(x[3], c2_5, hn::MulAdd(x[1], half, hn::Mul(x[5], two)));
  const Vec even3 = hn::NegMulAdd(x[4], five, hn::MulAdd(x[2], four, x[6]));
  const Vec odd3 = hn::NegMulAdd(x[3], c2_5, hn::MulAdd(x[1], two, hn::Mul(x[5], half)));
  x[0] = y0;
  x[1] = hn::Add(even1, odd1);
  x[2] = hn::Sub(even1, odd1);
  x[3] = hn::Add(even2, odd2);
  x[4] = hn::Sub(even2, odd2);
  x[5] = hn::Add(even3, odd3);
  x[6] = hn::Sub(even3, odd3);
  x[7] = y7;
}

// 5 neighbours to 8: each pixel becomes two, 3/4 of itself and 1/4 of the neighbour on their side.
HWY_INLINE void doubleLine(const Vec x[5], Vec y[8]) {
  const Vec quarter = hn::Set(Floats(), 0.25f);
  for (std::int64_t i = 0; i < 4; ++i) {
    const Vec part = hn::Mul(hn::Sub(x[i + 1], x[i]), quarter);
    y[2 * i] = hn::Add(x[i], part);
    y[2 * i + 1] = hn::Sub(x[i + 1], part);
  }
}

// A^T x: 8 to 6.
HWY_INLINE void outputLine(const Vec x[8], Vec y[6]) {
  const Floats d;
  const Vec sum1 = hn::Add(x[1], x[2]), difference1 = hn::Sub(x[1], x[2]);
  const Vec sum2 = hn::Add(x[3], x[4]), difference2 = hn::Sub(x[3], x[4]);
  const Vec sum3 = hn::Add(x[5], x[6]), difference3 = hn::Sub(x[5], x[6]);
  const auto line = [&](const Vec& one, const Vec& two, float weight2, const Vec& three,
                        float weight3) HWY_ATTR {
    return hn::MulAdd(three, hn::Set(d, weight3), hn::MulAdd(two, hn::Set(d, weight2), one));
  };
  y[0] = hn::Add(hn::Add(x[0], sum1), hn::Add(sum2, sum3));
  y[1] = line(difference1, difference2, 2.0f, difference3, 0.5f);
  y[2] = line(sum1, sum2, 4.0f, sum3, 0.25f);
  y[3] = line(difference1, difference2, 8.0f, difference3, 0.125f);
  y[4] = line(sum1, sum2, 16.0f, sum3, 0.0625f);
  y[5] = hn::Add(x[7], line(difference1, difference2, 32.0f, difference3, 0.03125f));
}

HWY_INLINE void storeAs(const Vec& value, float* out) {
  hn::Store(value, Floats(), out);
}

// As toBf16 rounds.
HWY_INLINE void storeAs(const Vec& value, std::uint16_t* out) {
  const hn::RebindToUnsigned<Floats> d;
  const hn::Rebind<std::uint16_t, Floats> half;
  const auto bits = hn::BitCast(d, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(d, 0x7FFF)));
  hn::Store(hn::TruncateTo(half, hn::ShiftRight<16>(rounded)), half, out);
}

// B^T x B of one vector of channels; frequency f goes to out + f * stride.
template <bool inside, typename Load, typename Element>
HWY_INLINE void transformInput(const float* x, const InputTile& tile, const Load& load, Element* out,
                               std::int64_t stride) {
  const Floats d;
  HWY_ALIGN float columns[8][8][laneCount];  // (column, frequency of the rows)
  for (std::int64_t j = 0; j < 8; ++j) {
    Vec line[8];
    for (std::int64_t i = 0; i < 8; ++i) {
      const bool there = inside || (tile.rows[i] >= 0 && tile.columns[j] >= 0);
      line[i] = there ? load(x + tile.rows[i] + tile.columns[j]) : hn::Zero(d);
    }
    inputLine(line);
    for (std::int64_t i = 0; i < 8; ++i) hn::Store(line[i], d, columns[j][i]);
  }
  for (std::int64_t i = 0; i < 8; ++i) {
    Vec line[8];
    for (std::int64_t j = 0; j < 8; ++j) line[j] = hn::Load(d, columns[j][i]);
    inputLine(line);
    for (std::int64_t j = 0; j < 8; ++j) storeAs(line[j], out + (8 * i + j) * stride);
  }
}

// The same of a tile of the doubled map.
template <bool inside, typename Load, typename Element>
HWY_INLINE void transformInput(const float* x, const DoubledTile& tile, const Load& load, Element* out,
                               std::int64_t stride) {
  const Floats d;
  HWY_ALIGN float columns[5][8][laneCount];  // (column, frequency of the rows)
  const auto doubled = [&](const Vec source[5], const bool there[8], Vec line[8]) HWY_ATTR {
    doubleLine(source, line);
    if constexpr (!inside)
      for (std::int64_t i = 0; i < 8; ++i)
        if (!there[i]) line[i] = hn::Zero(d);
    inputLine(line);
  };
  for (std::int64_t j = 0; j < 5; ++j) {
    Vec source[5], line[8];
    for (std::int64_t i = 0; i < 5; ++i) source[i] = load(x + tile.rows[i] + tile.columns[j]);
    doubled(source, tile.rowThere, line);
    for (std::int64_t i = 0; i < 8; ++i) hn::Store(line[i], d, columns[j][i]);
  }
  for (std::int64_t i = 0; i < 8; ++i) {
    Vec source[5], line[8];
    for (std::int64_t j = 0; j < 5; ++j) source[j] = hn::Load(d, columns[j][i]);
    doubled(source, tile.columnThere, line);
    for (std::int64_t j = 0; j < 8; ++j) storeAs(line[j], out + (8 * i + j) * stride);
  }
}

// The mean of a tile's outputs, and the sum of their squared differences to it. Sums are of differences to
// the first output: exact where the mean is large.
class TileMoments {
 public:
  HWY_INLINE explicit TileMoments(const Vec& first) : first_(first) {
    for (std::int64_t i = 0; i < 2; ++i) sums_[i] = squares_[i] = hn::Zero(Floats());
  }

  // `chain`: 0 or 1 in turns, so that one sum need not wait for the last.
  HWY_INLINE void add(const Vec& output, std::int64_t chain) {
    const Vec difference = hn::Sub(output, first_);
    sums_[chain] = hn::Add(sums_[chain], difference);
    squares_[chain] = hn::MulAdd(difference, difference, squares_[chain]);
  }

  HWY_INLINE void store(const OutputTile& tile, float* moments) const {
    const Floats d;
    const Vec sum = hn::Add(sums_[0], sums_[1]), squares = hn::Add(squares_[0], squares_[1]);
    const Vec mean = hn::Mul(sum, hn::Set(d, 1.0f / static_cast<float>(tile.pixels())));
    hn::StoreU(hn::Add(first_, mean), d, moments);
    hn::StoreU(hn::NegMulAdd(sum, mean, squares), d, moments + tile.pixel);
  }

 private:
  Vec first_, sums_[2], squares_[2];
};

template <bool aroundCaches>
HWY_INLINE void storeOutput(const Vec& value, float* to) {
  if constexpr (aroundCaches)
    hn::Stream(value, Floats(), to);
  else
    hn::StoreU(value, Floats(), to);
}

// A^T x A + bias of one vector of channels, what lies within the map (`whole`: all of it), and its moments
// where they are wanted. aroundCaches: written to memory without being read first; y is aligned to whole
// vectors then.
template <bool whole, bool aroundCaches>
HWY_INLINE void transformOutput(const float* x, std::int64_t stride, const float* bias,
                                const OutputTile& tile, float* y, float* moments) {
  const Floats d;
  HWY_ALIGN float rows[6][8][laneCount];  // (output row, frequency of the columns)
  for (std::int64_t j = 0; j < 8; ++j) {
    Vec line[8], out[6];
    for (std::int64_t i = 0; i < 8; ++i) line[i] = hn::Load(d, x + (8 * i + j) * stride);
    outputLine(line, out);
    for (std::int64_t i = 0; i < 6; ++i) hn::Store(out[i], d, rows[i][j]);
  }
  const Vec offset = hn::LoadU(d, bias);
  TileMoments sums(offset);
  for (std::int64_t i = 0; i < (whole ? 6 : tile.rows); ++i) {
    Vec line[8], out[6];
    for (std::int64_t j = 0; j < 8; ++j) line[j] = hn::Load(d, rows[i][j]);
    outputLine(line, out);
    if (i == 0) sums = TileMoments(hn::Add(out[0], offset));
    float* to = y + tile.first + i * tile.row;
    for (std::int64_t j = 0; j < 6; ++j) {
      if (!whole && j >= tile.columns) break;
      const Vec value = hn::Add(out[j], offset);
      storeOutput<aroundCaches>(value, to + j * tile.pixel);
      sums.add(value, j % 2);
    }
  }
  if (moments) sums.store(tile, moments);
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
