// SPDX-License-Identifier: MIT
// int8 with the trained weights that the demo ships, calibrated on some frames of the demo's clip and checked
// on others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/model_file.hpp"
#include "kernels/base/cpu_features.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

// haveBf16() and the like must be under the same CUT_CPU_ISA cap here as in the module.
[[maybe_unused]] const bool capped = (cpu::applyIsaCap(), true);

constexpr int width = 320, height = 240;
constexpr std::size_t area = std::size_t{width} * height;

// Packed RGB, one after the other (tests/backends/cpu/meson.build).
std::vector<std::uint8_t> clipFrames() {
  std::ifstream file(CUT_CLIP_FRAMES, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<float> planesOf(std::span<const std::uint8_t> frame) {
  std::vector<float> planes(frame.size());
  for (std::size_t i = 0; i < planes.size(); ++i)
    planes[i] = static_cast<float>(frame[i % area * 3 + i / area]) / 127.5F - 1;
  return planes;
}

// Planes of [-1, 1] from one frame that did not calibrate.
struct Translation {
  std::vector<float> fp32, int8;
};

class Int8OnRealFrames : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!cpu::haveInt8()) return;
    const std::vector<std::uint8_t> bytes = clipFrames();
    const auto frame = [&](std::size_t i) { return std::span(bytes).subspan(i * 3 * area, 3 * area); };
    const std::size_t count = bytes.size() / (3 * area);
    ModelFile model = readModelFile(CUT_SHIPPED_MODEL);
    std::vector<ImageView> calibration;
    for (std::size_t i = 0; i < count; i += 2)
      calibration.push_back({frame(i).data(), 3 * width, width, height, {}});
    model.int8Ranges = calibrateInt8(model, 0, calibration).ranges;
    folder_.emplace();
    writeModelFile(path(), model);
    for (std::size_t i = 1; i < count; i += 2) translations_.emplace_back();
    for (const Precision precision : {Precision::fp32, Precision::int8}) {
      const auto stream = SharedModel::open(path(), {.engine = "cpu", .precision = precision})->makeStream();
      stream->configure({width, height});
      for (std::size_t i = 0; i < translations_.size(); ++i) {
        auto& out = precision == Precision::fp32 ? translations_[i].fp32 : translations_[i].int8;
        out.resize(3 * area);
        stream->translate(planesOf(frame(2 * i + 1)), out);
      }
    }
  }

  static void TearDownTestSuite() {
    folder_.reset();
    translations_.clear();
  }

  void SetUp() override {
    if (!cpu::haveInt8()) GTEST_SKIP() << "no AVX512-VNNI on this machine";
    ASSERT_GE(translations_.size(), 4U) << "the clip was not decoded";
  }

  static std::filesystem::path path() { return folder_->path() / "int8.pt"; }

  static inline std::optional<test::TemporaryFolder> folder_;
  static inline std::vector<Translation> translations_;
};

TEST_F(Int8OnRealFrames, Int8Keeps38DecibelsOnTheWorstFrame) {
  double worst = 1000;
  for (const auto& [fp32, int8] : translations_) worst = std::min(worst, psnr(int8, fp32));
  std::cout << "int8: PSNR " << worst << " dB on the worst frame\n";
  EXPECT_GE(worst, promisedPsnr(Precision::int8));
}

// A square of 8x8 of one channel, in grey levels.
class Square {
 public:
  static constexpr std::size_t side = 8;

  Square(const std::vector<float>& fp32, const std::vector<float>& int8, std::size_t first) {
    for (std::size_t i = 0; i < side * side; ++i) {
      const std::size_t at = first + i / side * width + i % side;
      level_[i / side][i % side] = 127.5 * fp32[at];
      difference_[i / side][i % side] = 127.5 * (static_cast<double>(int8[at]) - fp32[at]);
    }
  }

  double deviation() const {
    double sum = 0, squares = 0;
    for (const auto& row : level_)
      for (const double value : row) sum += value, squares += value * value;
    constexpr double count = side * side;
    return std::sqrt(std::max(0.0, squares / count - sum / count * (sum / count)));
  }

  // The largest step of the difference between neighbouring columns or rows, meaned along their length.
  double edge() const {
    double largest = 0;
    for (std::size_t i = 0; i + 1 < side; ++i) {
      double across = 0, down = 0;
      for (std::size_t j = 0; j < side; ++j) {
        across += difference_[j][i + 1] - difference_[j][i];
        down += difference_[i + 1][j] - difference_[i][j];
      }
      largest = std::max({largest, std::abs(across) / side, std::abs(down) / side});
    }
    return largest;
  }

 private:
  double level_[side][side];
  double difference_[side][side];
};

// A band shows by its edge, a line along which the difference to fp32 changes, where the picture itself is
// smooth. Noise as int8's (1.2 levels) makes lines of eight pixels of 4 levels among a hundred thousand, and
// 2 among a hundred.
TEST_F(Int8OnRealFrames, Int8HasNoBandingInSmoothAreas) {
  constexpr double smooth = 2.5;  // grey levels
  std::vector<double> edges;
  for (const auto& [fp32, int8] : translations_)
    for (std::size_t plane = 0; plane < 3; ++plane)
      for (std::size_t top = 0; top < height; top += Square::side)
        for (std::size_t left = 0; left < width; left += Square::side) {
          const Square square(fp32, int8, plane * area + top * width + left);
          if (square.deviation() < smooth) edges.push_back(square.edge());
        }
  ASSERT_GT(edges.size(), 1000U);
  std::sort(edges.begin(), edges.end());
  std::cout << "int8: edges in smooth areas: median " << edges[edges.size() / 2] << ", 99 % below "
            << edges[edges.size() * 99 / 100] << ", at most " << edges.back() << " grey levels\n";
  EXPECT_LE(edges[edges.size() / 2], 1.5);
  EXPECT_LE(edges[edges.size() * 99 / 100], 3);
  EXPECT_LE(edges.back(), 6);
}

TEST_F(Int8OnRealFrames, Int8PassesTheModelsSample) {
  EXPECT_GE(SharedModel::open(path(), {.engine = "cpu", .precision = Precision::int8})->verify().psnr,
            promisedPsnr(Precision::int8));
}

TEST_F(Int8OnRealFrames, AutoNeverChoosesInt8) {
  EXPECT_NE(SharedModel::open(path(), {.engine = "cpu"})->active().precision, "int8");
}

}  // namespace
}  // namespace cut
