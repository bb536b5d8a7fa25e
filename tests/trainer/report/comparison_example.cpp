// SPDX-License-Identifier: MIT
// Writes the page of a comparison to a file, with hostile names and a method that failed: comparison_example
// FILE.
#include <cmath>
#include <exception>
#include <fstream>
#include <iostream>

#include "trainer/report/comparison_page.hpp"

namespace {

using cut::trainer::Picture;

Picture shade(int red, int green, int blue) {
  Picture picture(64, 48, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); i += 3) {
    picture.pixels[i] = static_cast<std::uint8_t>(red);
    picture.pixels[i + 1] = static_cast<std::uint8_t>(green);
    picture.pixels[i + 2] = static_cast<std::uint8_t>(blue);
  }
  return picture;
}

cut::trainer::ComparisonReport report() {
  cut::trainer::ComparisonReport report;
  report.title = "<script>alert('title')</script> three";
  report.summary = "Same data, same seed (0), same crop (128)</script>";
  report.measures = {{"sliced Wasserstein", "mean over levels", true, 61.5, 12.25},
                     {"structure kept", "1 is all", false, 1, {}}};
  report.methods = {{"cut",
                     "finished",
                     "resnet_9blocks, ngf 64",
                     1234,
                     1234,
                     3.5,
                     1 << 30,
                     14'700'000,
                     11'378'000,
                     {{60, {40, 0.8}}, {120, {30.5, 0.75}}, {180, {28.125, std::nan("")}}}},
                    {"cycle_gan",
                     "finished",
                     "resnet_9blocks, ngf 64",
                     700,
                     700,
                     6.25,
                     0,
                     28'300'000,
                     11'378'000,
                     {{60, {50, 0.9}}, {120, {35, 0.85}}, {180, {33, 0.7}}}},
                    {"<b>bad</b>", "failed", "", 0, 0, 0, 0, 0, 0, {}}};
  report.pictures = {
      {"town/<i>1</i>.png",
       {{"A", shade(120, 130, 140)}, {"cut", shade(200, 90, 40)}, {"cycle_gan", shade(40, 90, 200)}}}};
  report.differences = {{"model", {"cut", "cycle_gan", "cut"}}, {"nce_T", {"0.07", "", "<u>1</u>"}}};
  report.common = {{"crop_size", "128"}};
  report.written = 1'800'000'000;
  return report;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  try {
    std::ofstream(arguments[1], std::ios::binary) << cut::trainer::comparisonPageText(report());
  } catch (const std::exception& exception) {
    std::cerr << exception.what() << '\n';
    return 1;
  }
  return 0;
}
