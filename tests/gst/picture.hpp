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

// How far a picture's rows lie apart beyond what they need, in bytes.
struct Padding {
  gint rows = 0;
  gsize planes = 0;
};

// Noise over a slope, the same for the same caps; bytes between rows and planes are filled with other noise.
Picture makePicture(const std::string& caps, Padding padding = {});

// What videoconvert makes of it; `format` alone, or with more fields.
Picture convert(const Picture& picture, const std::string& caps);

// What comes out of the harness for it; no buffer where nothing does.
Picture translate(GstHarness* harness, const Picture& picture);

// What the engine makes of a packed RGB or GRAY8 picture.
Picture reference(SharedModel& model, const Picture& picture);

// In grey levels of 8 bits, over all components but alpha.
struct Difference {
  double mean = 0;  // of magnitudes
  double bias = 0;  // mean of b - a
  double psnr = 0;  // dB of 255
  double largest = 0;
  double differing = 0;       // the share of samples that are not equal
  bool alphaDiffers = false;  // or the byte of RGBx and its kin that is no colour
};
Difference compare(const Picture& a, const Picture& b);

// A picture of packed RGB in other caps, by the arithmetic of their standard in double precision.
Picture encoded(const Picture& rgb, const std::string& caps);

// The truth for any picture that a colour model can take: YUV by the arithmetic of its standard in double
// precision, through the engine's floats, and back, rounded once.
Picture expectedTranslation(SharedModel& model, const Picture& picture);

}  // namespace cut::test
