// SPDX-License-Identifier: MIT
// Views of YUV images, as decoders and encoders have them: memory layout and colorimetry. The memory is the
// caller's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cuttranslate/export.hpp"

namespace cut {

// Matrix coefficients that convert RGB to YUV (ITU-T H.273, table 4). `identity` is planar RGB ("GBR"): green
// is stored as Y, blue as U, red as V.
enum class YuvMatrix { identity, fcc, bt601, bt709, smpte240m, bt2020 };

// `limited`: black to white is 16 to 235 (luma) and 16 to 240 (chroma) in 8 bits. `full`: all values.
enum class YuvRange { limited, full };

// The position of a chroma sample among the luma samples that share it, in one direction: at the first
// (MPEG-2 and H.264, horizontally) or in the middle (JPEG and MPEG-1, both ways).
enum class ChromaSite { cosited, centered };

// The samples of one component in a row of its plane. Samples of more than 8 bits are 16-bit little-endian
// words.
struct YuvComponent {
  int plane = 0;
  int offset = 0;  // bytes from the start of the row to the first sample
  int step = 1;    // bytes from one sample to the next

  bool operator==(const YuvComponent&) const = default;
};

struct YuvFormat {
  int depth = 8;  // bits of a sample, 8 to 16
  int shift = 0;  // unused low bits of the 16-bit word: 6 in P010
  YuvComponent y, u, v;
  YuvComponent alpha{-1, 0, 1};  // copied unchanged; plane -1: none
  int chromaShiftX = 1;          // log2 of the horizontal subsampling: 0 or 1
  int chromaShiftY = 1;          // log2 of the vertical subsampling: 0 or 1
  YuvMatrix matrix = YuvMatrix::bt601;
  YuvRange range = YuvRange::limited;
  ChromaSite siteX = ChromaSite::cosited;
  ChromaSite siteY = ChromaSite::centered;

  bool operator==(const YuvFormat&) const = default;
  CUT_API void validate() const;  // throws invalidArgument
};

// `strides` are the bytes from one row of a plane to the next, negative for bottom-up images. Subsampled
// chroma planes have (width + 1) / 2 columns, and rows likewise.
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
