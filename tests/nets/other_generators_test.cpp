// SPDX-License-Identifier: MIT
// U-Nets and StyleGAN2 generators beyond the golden cases: names, sizes, what training changes.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "arch/style_noise.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/tensor.hpp"
#include "nets/generator.hpp"

namespace cut::nets {
namespace {

GeneratorSpec unet(Norm norm, int downs, bool dropout = false) {
  return {.architecture = "unet", .blocks = 0, .ngf = 2, .norm = norm, .dropout = dropout, .downs = downs};
}

GeneratorSpec styleGan(const char* name, int downs) {
  GeneratorSpec spec = generatorFromName(name);
  spec.ngf = 8;
  spec.downs = downs;
  return spec;
}

std::vector<GeneratorSpec> manySpecs() {
  std::vector<GeneratorSpec> specs;
  for (const Norm norm : {Norm::instance, Norm::batch, Norm::none})
    for (const int downs : {5, 7}) specs.push_back(unet(norm, downs));
  for (const char* name : {"stylegan2", "smallstylegan2"})
    for (const int downs : {1, 2}) specs.push_back(styleGan(name, downs));
  return specs;
}

// The same numbers in every parameter of a shape.
void fill(Generator& generator) {
  const at::NoGradGuard noGrad;
  for (auto& parameter : generator.parameters())
    parameter.copy_(at::linspace(-0.3, 0.4, parameter.numel()).view(parameter.sizes()));
}

TEST(Generators, TensorNamesAndShapesMatchTheReference) {
  for (const GeneratorSpec& spec : manySpecs()) {
    const auto generator = makeGenerator(spec);
    std::set<std::string> expected;
    std::set<std::string> found;
    for (const auto& info : expectedTensors(spec)) expected.insert(info.name + shapeText(info.shape));
    for (const auto& entry : generator->named_parameters())
      found.insert(entry.key() + shapeText(entry.value().sizes().vec()));
    for (const auto& entry : generator->named_buffers())
      found.insert(entry.key() + shapeText(entry.value().sizes().vec()));
    EXPECT_EQ(found, expected) << spec.text();
  }
}

TEST(Generators, GeneratorsKeepTheFrameSize) {
  const c10::InferenceMode inference;
  for (const GeneratorSpec& spec : manySpecs()) {
    const auto generator = makeGenerator(spec);
    generator->eval();
    const std::int64_t side = std::max(8, spec.sizeMultiple());
    const at::Tensor y = generator->forward(at::zeros({2, 3, side, 2 * side}));
    EXPECT_EQ(y.sizes(), at::IntArrayRef({2, 3, side, 2 * side})) << spec.text();
  }
}

TEST(Generators, TorchscriptSpecsAreRefused) {
  EXPECT_THROW(makeGenerator({.architecture = "torchscript", .blocks = 0, .ngf = 1, .norm = Norm::none}),
               Error);
  EXPECT_THROW(makeGenerator({.architecture = "vit"}), Error);
}

TEST(StyleGan, StyleGanNoiseIsFixedInEvaluationOnly) {
  const at::NoGradGuard noGrad;
  const auto generator = makeGenerator(styleGan("stylegan2", 1));
  fill(*generator);
  const at::Tensor x = at::linspace(-1, 1, 3 * 16 * 16).view({1, 3, 16, 16});
  generator->eval();
  EXPECT_TRUE(at::equal(generator->forward(x), generator->forward(x)));
  generator->train();
  EXPECT_FALSE(at::equal(generator->forward(x), generator->forward(x)));
}

TEST(StyleGan, SmallStyleGanHasNoNoise) {
  const at::NoGradGuard noGrad;
  const auto generator = makeGenerator(styleGan("smallstylegan2", 1));
  fill(*generator);
  const at::Tensor x = at::linspace(-1, 1, 3 * 16 * 16).view({1, 3, 16, 16});
  generator->train();
  EXPECT_TRUE(at::equal(generator->forward(x), generator->forward(x)));
}

TEST(StyleGan, StyleNoiseIsNormalAndFixedForAPixel) {
  const StyleNoise noise = makeStyleNoise();
  const at::Tensor large = at::empty({200, 300}, at::kFloat);
  const at::Tensor small = at::empty({20, 30}, at::kFloat);
  const at::Tensor other = at::empty({200, 300}, at::kFloat);
  fillStyleNoise(noise, 0, 200, 300, large.mutable_data_ptr<float>());
  fillStyleNoise(noise, 0, 20, 30, small.mutable_data_ptr<float>());
  fillStyleNoise(noise, 1, 200, 300, other.mutable_data_ptr<float>());
  EXPECT_TRUE(at::equal(large.slice(0, 0, 20).slice(1, 0, 30), small));
  EXPECT_NEAR(large.mean().item<double>(), 0, 0.03);
  EXPECT_NEAR(large.std().item<double>(), 1, 0.03);
  EXPECT_NEAR((large * other).mean().item<double>(), 0, 0.03) << "layers have noises of their own";
  EXPECT_NEAR((large.slice(0, 1) * large.slice(0, 0, 199)).mean().item<double>(), 0, 0.03);
}

TEST(Unet, UnetDropoutIsForTrainingOnly) {
  const at::NoGradGuard noGrad;
  const auto generator = makeGenerator(unet(Norm::instance, 6, true));
  fill(*generator);
  const at::Tensor x = at::linspace(-1, 1, 3 * 64 * 64).view({1, 3, 64, 64});
  generator->eval();
  EXPECT_TRUE(at::equal(generator->forward(x), generator->forward(x)));
  generator->train();
  EXPECT_FALSE(at::equal(generator->forward(x), generator->forward(x)));
}

TEST(Unet, UnetHasNoFeatureMaps) {
  const auto generator = makeGenerator(unet(Norm::instance, 5));
  try {
    generator->encode(at::zeros({1, 3, 32, 32}), {0});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
}

}  // namespace
}  // namespace cut::nets
