// SPDX-License-Identifier: MIT
// A training run that only reports, for tests and for looking at: report_example FOLDER FIRST LAST
// STEPS-PER-EPOCH EPOCHS. Its names and notices are hostile: they must come out as text.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

#include "trainer/report/report.hpp"

namespace {

using cut::trainer::Picture;
using cut::trainer::PictureRow;
using cut::trainer::StepRecord;

double fraction(double value) {
  return value - std::floor(value);
}

// A sky over a road, the sharper the further the training is.
Picture scene(int kind, double progress) {
  Picture picture(128, 96, 3);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      const double noise =
          (1 - progress) * 120 * (fraction(std::sin(x * 12.9898 + y * 78.233 + kind) * 43758.5453) - 0.5);
      const bool road = y > 48 && std::abs(x - 64) < (y - 44) * 1.1;
      const bool hill = y > 40 + 8 * std::sin(x * 0.06 + kind);
      const int base[3] = {road   ? 88
                           : hill ? 70 + 20 * kind
                                  : 120 + y,
                           road   ? 88
                           : hill ? 110
                                  : 165 + y / 2,
                           road   ? 96
                           : hill ? 62
                                  : 220};
      for (int c = 0; c < 3; ++c)
        picture.row(y)[x * 3 + c] = static_cast<std::uint8_t>(std::clamp(base[c] + noise, 0.0, 255.0));
    }
  return picture;
}

std::vector<PictureRow> rows(double progress) {
  std::vector<PictureRow> result;
  for (int i = 0; i < 2; ++i)
    result.push_back({.name = i == 0 ? "town/<img src=x onerror=alert(1)>.png" : "town/0002.png",
                      .pictures = {{"real A", scene(i, 1)},
                                   {"fake B", scene(i + 2, progress)},
                                   {"real B", scene(i + 2, 1)},
                                   {"identity B", scene(i + 2, 0.5 + progress / 2)}}});
  return result;
}

StepRecord record(std::int64_t step, std::int64_t stepsPerEpoch) {
  const auto t = static_cast<double>(step);
  const double noise = fraction(std::sin(t * 12.9898) * 43758.5453) * 2 - 1;
  return {.step = step,
          .images = step,
          .epoch = static_cast<int>((step - 1) / stepsPerEpoch) + 1,
          .stepOfEpoch = (step - 1) % stepsPerEpoch + 1,
          .learningRate = 2e-4 / (1 + t / 2000),
          .secondsOfStep = 0.18 + 0.02 * noise,
          .secondsOfData = 0.002,
          .losses = {{"G_GAN", 0.35 + 0.25 * std::exp(-t / 400) + 0.2 * noise},
                     {"D_real", 0.24 + 0.1 * std::exp(-t / 150) + 0.1 * noise * noise},
                     {"D_fake", 0.22 + 0.2 * std::exp(-t / 100) + 0.06 * noise},
                     {"NCE", 3.1 + 2.8 * std::exp(-t / 500) + 0.8 * noise},
                     {"</script><b>NCE_Y", 2.2 + 3.2 * std::exp(-t / 700) + 0.25 * noise}}};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) return 2;
  const std::int64_t first = std::atoll(arguments[2]);
  const std::int64_t last = std::atoll(arguments[3]);
  const std::int64_t stepsPerEpoch = std::atoll(arguments[4]);
  const int epochs = std::atoi(arguments[5]);
  // For looking at the bar: a step takes so long.
  const char* wait = std::getenv("REPORT_EXAMPLE_MS");
  try {
    cut::trainer::Report report({.folder = arguments[1],
                                 .title = "<script>alert('title')</script> street",
                                 .configuration = {{"CUT_mode", "CUT"},
                                                   {"lambda_NCE", "1.0"},
                                                   {"nce_layers", "0,4,8,12,16"},
                                                   {"netG", "resnet_9blocks"},
                                                   {"ngf", "64"},
                                                   {"preprocess", "resize_and_crop"},
                                                   {"dataroot", "/data/<i>&amp;\"town\"</i>"}},
                                 .firstStep = first,
                                 .stepsPerEpoch = stepsPerEpoch,
                                 .epochs = epochs,
                                 .printEvery = 100},
                                std::cout, STDOUT_FILENO);
    for (std::int64_t step = first + 1; step <= last; ++step) {
      report.step(record(step, stepsPerEpoch));
      if (step % stepsPerEpoch == 0 || step == last)
        report.pictures(static_cast<int>((step - 1) / stepsPerEpoch) + 1, step,
                        rows(static_cast<double>(step) / static_cast<double>(stepsPerEpoch * epochs)));
      if (step == first + 10) report.notice("town/0003.png: damaged <img src=x onerror=alert(2)>, skipped");
      if (wait) std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(wait)));
    }
    report.flush();
    // A process that is killed: the page stays as a running one's.
    if (std::getenv("REPORT_EXAMPLE_KILLED")) ::_exit(0);
  } catch (const std::exception& exception) {
    std::cerr << exception.what() << '\n';
    return 1;
  }
  return 0;
}
