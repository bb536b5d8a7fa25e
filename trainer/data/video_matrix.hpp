// The luma coefficients of ITU-R BT.601, BT.709, BT.2020 and their kin.
#pragma once

#include <optional>

#include "trainer/data/libav.hpp"

namespace cut::trainer {

struct Luma {
  double red = 0;
  double blue = 0;

  double green() const noexcept { return 1 - red - blue; }
};

// Nothing for RGB and for what is no product with such a matrix.
inline std::optional<Luma> lumaOf(AVColorSpace matrix) noexcept {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return Luma{0.2126, 0.0722};
    case AVCOL_SPC_FCC:
      return Luma{0.30, 0.11};
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return Luma{0.299, 0.114};
    case AVCOL_SPC_SMPTE240M:
      return Luma{0.212, 0.087};
    case AVCOL_SPC_BT2020_NCL:
      return Luma{0.2627, 0.0593};
    default:
      return {};
  }
}

}  // namespace cut::trainer
