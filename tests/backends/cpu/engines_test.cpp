// SPDX-License-Identifier: MIT
// The engine module cpu against the module torch, for generators of every kind.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <vector>

#include "cuttranslate/engine.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

constexpr float bound = 1e-3F;

GeneratorSpec unet(int downs, int inputs, int outputs, int ngf, Norm norm, bool dropout = false) {
  return {.architecture = "unet",
          .blocks = 0,
          .inputChannels = inputs,
          .outputChannels = outputs,
          .ngf = ngf,
          .norm = norm,
          .dropout = dropout,
          .downs = downs};
}

GeneratorSpec styleGan(const char* name, int downs, int ngf) {
  GeneratorSpec spec = generatorFromName(name);
  spec.downs = downs;
  spec.ngf = ngf;
  return spec;
}

// Every norm with every number of blocks and all flags of antialiasing; one to four channels, dropout.
std::vector<GeneratorSpec> resnets() {
  constexpr Norm norms[] = {Norm::instance, Norm::batch, Norm::none};
  constexpr int blocks[] = {4, 6, 9, 4};
  std::vector<GeneratorSpec> specs;
  for (int kind = 0; kind < 12; ++kind)
    specs.push_back({.blocks = blocks[kind / 3],
                     .inputChannels = 1 + kind % 4,
                     .outputChannels = 1 + (kind + kind / 4) % 4,
                     .ngf = 4 + kind,
                     .norm = norms[kind % 3],
                     .noAntialias = (kind & 1) != 0,
                     .noAntialiasUp = (kind & 2) != 0,
                     .dropout = (kind & 4) != 0});
  return specs;
}

// Without a norm, blocks with such weights double their input, and nine of them exceed the accuracy of fp32.
void calmBlocks(ModelFile& model) {
  for (auto& [name, tensor] : model.weights) {
    if (name.find(".conv_block.") == std::string::npos) continue;
    std::vector<float> values = toFloats(tensor);
    for (float& value : values) value /= 2;
    tensor = fromFloats(tensor.shape, values);
  }
}

class Engines : public testing::TestWithParam<GeneratorSpec> {
 protected:
  void SetUp() override {
    ModelFile model = test::randomModel(GetParam());
    if (GetParam().norm == Norm::none) calmBlocks(model);
    writeModelFile(path_, model);
  }

  std::unique_ptr<Stream> open(const char* engine) const {
    return SharedModel::open(path_,
                             {.engine = engine, .device = "cpu", .precision = Precision::fp32, .threads = 1})
        ->makeStream();
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "random.pt";
};

// Sizes that are padded, once and over the picture's own size, and one that is not.
TEST_P(Engines, CpuAndTorchEnginesGiveTheSameOutput) {
  const auto cpu = open("cpu"), torch = open("torch");
  const int side = std::max(GetParam().sizeMultiple(), 32);
  float worst = 0;
  for (const Size size : {Size{2 * side, side}, Size{11, 13}, Size{side + 7, side - 9}}) {
    const auto pixels = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
    std::vector<float> in(pixels * static_cast<std::size_t>(GetParam().inputChannels));
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = std::sin(static_cast<float>(i * i % 1000));
    std::vector<float> expected(pixels * static_cast<std::size_t>(GetParam().outputChannels)),
        got(expected.size());
    cpu->configure(size);
    cpu->translate(in, got);
    torch->configure(size);
    torch->translate(in, expected);
    float deviation = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      worst = std::max(worst, std::abs(got[i] - expected[i]));
      deviation = std::max(deviation, std::abs(expected[i] - expected[0]));
    }
    EXPECT_GT(deviation, 0.1F) << "a picture that shows nothing";
  }
  EXPECT_LE(worst, bound);
  std::cout << "largest difference " << worst << '\n';
}

std::string nameOfSpec(const testing::TestParamInfo<GeneratorSpec>& spec) {
  return spec.param.name() + "_ngf_" + std::to_string(spec.param.ngf) + "_" +
         std::string(nameOf(spec.param.norm));
}

INSTANTIATE_TEST_SUITE_P(Unets, Engines,
                         testing::Values(unet(7, 3, 3, 4, Norm::batch, true),
                                         unet(8, 3, 3, 2, Norm::instance), unet(5, 1, 4, 17, Norm::batch),
                                         unet(5, 4, 1, 16, Norm::none), unet(6, 2, 2, 9, Norm::instance),
                                         unet(5, 3, 3, 40, Norm::instance)),
                         nameOfSpec);
INSTANTIATE_TEST_SUITE_P(StyleGans, Engines,
                         testing::Values(styleGan("stylegan2", 1, 40), styleGan("stylegan2", 2, 7),
                                         styleGan("stylegan2", 4, 3), styleGan("smallstylegan2", 1, 8),
                                         styleGan("smallstylegan2", 3, 5)),
                         nameOfSpec);
INSTANTIATE_TEST_SUITE_P(Resnets, Engines, testing::ValuesIn(resnets()), nameOfSpec);

}  // namespace
}  // namespace cut
