// SPDX-License-Identifier: MIT
// What every engine owes a frame of any size: the picture of the frame mirrored up to what the network
// halves, cut back; and the same picture in bytes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cuttranslate/engine.hpp"

namespace cut::test {

// Planes of size `from`, mirrored at the right and lower border up to the size `to`, the border itself not
// repeated.
inline std::vector<float> mirrored(const std::vector<float>& planes, Size from, Size to) {
  const auto source = [](int at, int side) {
    const int period = std::max(2 * side - 2, 1);
    return std::min(at % period, period - at % period);
  };
  std::vector<float> larger;
  for (std::size_t plane = 0; plane < planes.size();
       plane += static_cast<std::size_t>(from.width * from.height))
    for (int y = 0; y < to.height; ++y)
      for (int x = 0; x < to.width; ++x)
        larger.push_back(planes[plane + static_cast<std::size_t>(source(y, from.height) * from.width +
                                                                 source(x, from.width))]);
  return larger;
}

// The model: 3 channels in and out.
inline void expectTranslatesAnySize(SharedModel& model) {
  const int multiple = model.info().spec.sizeMultiple();
  const auto up = [multiple](int side) { return (std::max(side, 8) + multiple - 1) / multiple * multiple; };
  const auto stream = model.makeStream();
  for (const Size size : {Size{1, 1}, Size{1, 50}, Size{3, 2}, Size{17, 33}, Size{64, 48}, Size{101, 7}}) {
    SCOPED_TRACE(testing::Message() << size.width << "x" << size.height);
    const auto width = static_cast<std::size_t>(size.width);
    const std::size_t pixels = width * static_cast<std::size_t>(size.height);
    std::vector<std::uint8_t> bytes(pixels * 3), bytesOut(pixels * 3);
    std::vector<float> in(pixels * 3), out(pixels * 3);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(i * i * 31 % 256);
      in[i % 3 * pixels + i / 3] = static_cast<float>(bytes[i]) / 127.5F - 1;
    }
    stream->configure(size);
    stream->translate(in, out);
    stream->translate(ImageView{bytes.data(), 3 * size.width, size.width, size.height, {}},
                      MutableImageView{bytesOut.data(), 3 * size.width, size.width, size.height, {}});

    const Size whole{up(size.width), up(size.height)};
    const std::vector<float> wholeIn = mirrored(in, size, whole);
    std::vector<float> wholeOut(wholeIn.size());
    stream->configure(whole);
    stream->translate(wholeIn, wholeOut);
    float worst = 0, worstLevels = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t c = i / pixels, y = i % pixels / width, x = i % width;
      const auto row = c * static_cast<std::size_t>(whole.height) + y;
      worst = std::max(worst, std::abs(out[i] - wholeOut[row * static_cast<std::size_t>(whole.width) + x]));
      worstLevels = std::max(worstLevels, std::abs(static_cast<float>(bytesOut[i % pixels * 3 + c]) -
                                                   (std::clamp(out[i], -1.0F, 1.0F) + 1) * 127.5F));
    }
    EXPECT_LE(worst, 1e-5F);
    EXPECT_LE(worstLevels, 0.52F) << "rounded to the nearest level";
  }
}

}  // namespace cut::test
