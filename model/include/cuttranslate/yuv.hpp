// Borrowed YUV pictures, as decoders and encoders have them: where the samples lie and what they mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cuttranslate/export.hpp"

namespace cut {

// Matrix coefficients (ITU-T H.273, table 4): how luma and chroma are made of red, green and blue. `identity`
// has green in place of luma, blue and red in place of chroma (planar RGB, "GBR").
enum class YuvMatrix { identity, fcc, bt601, bt709, smpte240m, bt2020 };

// `limited`: black to white is 16 to 235 (luma) and 16 to 240 (chroma) in 8 bits. `full`: all values.
enum class YuvRange { limited, full };

// Where a chroma sample lies among the luma samples that share it, in one direction: at the first of them
// (MPEG-2 and H.264: horizontally) or in their middle (JPEG, MPEG-1: both ways).
enum class ChromaSite { cosited, centered };

// The samples of one component in a row of its plane. Above 8 bits a sample is a little-endian word of two
// bytes.
struct YuvComponent {
  int plane = 0;
  int offset = 0;  // bytes from the row's beginning to the first sample
  int step = 1;    // bytes from one sample to the next

  bool operator==(const YuvComponent&) const = default;
};

struct YuvFormat {
  int depth = 8;  // bits of a sample, 8 to 16
  int shift = 0;  // unused bits below the sample in its word: 6 in P010
  YuvComponent y, u, v;
  YuvComponent alpha{-1, 0, 1};  // carried over unchanged; plane -1: there is none
  int chromaShiftX = 1;          // 1: two columns share a chroma sample, 0: each has its own
  int chromaShiftY = 1;          // the same of rows
  YuvMatrix matrix = YuvMatrix::bt601;
  YuvRange range = YuvRange::limited;
  ChromaSite siteX = ChromaSite::cosited;
  ChromaSite siteY = ChromaSite::centered;

  bool operator==(const YuvFormat&) const = default;
  CUT_API void validate() const;  // throws invalidArgument
};

// Rows of a plane lie `strides` bytes apart, which may be negative for bottom-up pictures. Chroma planes have
// (width + 1) / 2 columns where two share a sample; rows alike.
template <typename Byte>
struct BasicYuvView {
  std::array<Byte*, 4> planes{};
  std::array<std::ptrdiff_t, 4> strides{};
  int width = 0;
  int height = 0;
  YuvFormat format;
};

using YuvView = BasicYuvView<const std::uint8_t>;
using MutableYuvView = BasicYuvView<std::uint8_t>;

}  // namespace cut
