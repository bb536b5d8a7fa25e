// SPDX-License-Identifier: MIT
// Pictures in any of GStreamer's formats: made, converted by videoconvert, translated, compared.
#pragma once

#include <gst/video/video.h>

#include <string>

#include "cuttranslate/engine.hpp"
#include "element_fixture.hpp"

namespace cut::test {

struct Picture {
  GstVideoInfo info{};
  std::string caps;
  BufferPtr buffer;
};

// Bytes between rows, and before and between planes.
struct Padding {
  gint rows = 0;
  gsize planes = 0;
};

// Noise over a slope, the same for the same caps; bytes between rows and planes are filled with other noise.
Picture makePicture(const std::string& caps, Padding padding = {});

// The picture converted to `caps` by videoconvert.
Picture convert(const Picture& picture, const std::string& caps);

// The output of the harness's element; without a buffer where there is none.
Picture translate(GstHarness* harness, const Picture& picture);

// The engine's translation of a packed RGB or GRAY8 picture.
Picture reference(SharedModel& model, const Picture& picture);

// In grey levels of 8 bits, over all components but alpha.
struct Difference {
  double mean = 0;  // of magnitudes
  double bias = 0;  // mean of b - a
  double psnr = 0;  // dB of 255
  double largest = 0;
  double differing = 0;       // the share of samples that are not equal
  bool alphaDiffers = false;  // or the padding byte of RGBx
};
Difference compare(const Picture& a, const Picture& b);

// A picture of packed RGB in other caps, by the arithmetic of their standard in double precision.
Picture encoded(const Picture& rgb, const std::string& caps);

// The expected output for a picture and a model of three channels: YUV converted by the arithmetic of its
// standard in double precision, through the engine's floats, and back, rounded once.
Picture expectedTranslation(SharedModel& model, const Picture& picture);

}  // namespace cut::test
