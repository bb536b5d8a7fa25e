// SPDX-License-Identifier: MIT
#include "nets/resnet_generator.hpp"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "cuttranslate/error.hpp"
#include "nets/layers.hpp"

namespace cut::nets {
namespace {

GeneratorSpec specOf(Norm norm, bool noAntialias, bool noAntialiasUp, bool dropout) {
  return {.blocks = 4,
          .ngf = 4,
          .norm = norm,
          .noAntialias = noAntialias,
          .noAntialiasUp = noAntialiasUp,
          .dropout = dropout};
}

TEST(ResnetGenerator, ResnetTensorNamesMatchTheReference) {
  for (const Norm norm : {Norm::instance, Norm::batch, Norm::none})
    for (int bits = 0; bits < 8; ++bits) {
      const GeneratorSpec spec = specOf(norm, bits & 1, bits & 2, bits & 4);
      ResnetGenerator generator(spec);
      const auto parameters = generator.named_parameters();
      const auto buffers = generator.named_buffers();
      std::size_t count = 0;
      for (const TensorInfo& info : expectedTensors(spec)) {
        const at::Tensor* tensor = parameters.find(info.name);
        if (!tensor) tensor = buffers.find(info.name);
        ASSERT_TRUE(tensor) << spec.text() << ": " << info.name;
        EXPECT_EQ(tensor->sizes(), at::IntArrayRef(info.shape)) << info.name;
        ++count;
      }
      EXPECT_EQ(count, parameters.size() + buffers.size()) << spec.text();
    }
}

TEST(ResnetGenerator, ResnetKeepsTheFrameSize) {
  const c10::InferenceMode inference;
  for (const Norm norm : {Norm::instance, Norm::batch, Norm::none})
    for (int bits = 0; bits < 8; ++bits) {
      ResnetGenerator generator(specOf(norm, bits & 1, bits & 2, bits & 4));
      generator.eval();
      const at::Tensor y = generator.forward(at::zeros({1, 3, 12, 20}));
      EXPECT_EQ(y.sizes(), at::IntArrayRef({1, 3, 12, 20}));
    }
}

TEST(ResnetGenerator, ResnetSupportsOneToFourChannels) {
  const c10::InferenceMode inference;
  for (int in = 1; in <= 4; ++in)
    for (int out = 1; out <= 4; ++out) {
      ResnetGenerator generator({.blocks = 1, .inputChannels = in, .outputChannels = out, .ngf = 2});
      EXPECT_EQ(generator.forward(at::zeros({2, in, 8, 8})).sizes(), at::IntArrayRef({2, out, 8, 8}));
    }
}

TEST(ResnetGenerator, EncodeSortsLayersAndRefusesUnknownOnes) {
  const c10::InferenceMode inference;
  ResnetGenerator generator({.blocks = 1, .ngf = 2});
  const at::Tensor x = at::randn({1, 3, 16, 16});
  const auto maps = generator.encode(x, {4, 0, -1});
  ASSERT_EQ(maps.size(), 3U);
  EXPECT_EQ(maps[0].size(2), 22);  // the padded image
  EXPECT_EQ(maps[1].size(1), 4);
  EXPECT_TRUE(at::equal(maps[2], generator.forward(x)));
  EXPECT_THROW(generator.encode(x, {generator.layerCount()}), Error);
  EXPECT_THROW(generator.encode(x, {-2}), Error);
}

TEST(ResnetGenerator, EncodeStopsAtTheLastRequestedLayer) {
  const at::NoGradGuard noGrad;
  ResnetGenerator generator({.blocks = 1, .ngf = 2});
  const at::Tensor x = at::randn({1, 3, 16, 16});
  // The last convolution's weight: whoever comes there fails.
  const auto parameters = generator.parameters();
  parameters[parameters.size() - 2].set_data(at::zeros({1}));
  EXPECT_THROW(generator.forward(x), std::exception);
  EXPECT_EQ(generator.encode(x, {0, generator.layerCount() - 4}).size(), 2U);
}

TEST(ResnetGenerator, NormLayersGiveTheMapAfterTheirRelu) {
  const c10::InferenceMode inference;
  for (const Norm norm : {Norm::instance, Norm::batch, Norm::none}) {
    ResnetGenerator generator(specOf(norm, false, false, false));
    generator.eval();
    for (auto& parameter : generator.parameters()) parameter.normal_();
    const auto maps = generator.encode(at::randn({1, 3, 16, 16}), {2, 3});
    EXPECT_TRUE(at::equal(maps[0], maps[1]));
    EXPECT_GE(maps[0].min().item<float>(), 0);
  }
}

TEST(Layers, ResamplingMatchesTheReferencesFilters) {
  const at::Tensor x = at::randn({2, 5, 12, 16});
  const auto filters = [](at::ArrayRef<double> taps, double gain) {
    const at::Tensor line = at::tensor(taps, at::kFloat);
    const at::Tensor square = at::outer(line, line);
    return (square / square.sum() * gain).expand({5, 1, line.size(0), line.size(0)}).contiguous();
  };
  const at::Tensor down = at::conv2d(at::reflection_pad2d(x, {1, 1, 1, 1}), filters({1, 2, 1}, 1),
                                     at::Tensor(), 2, at::IntArrayRef({0, 0}), 1, 5);
  EXPECT_LE((Downsample(5).forward(x) - down).abs().max().item<float>(), 1e-6F);
  const at::Tensor up = at::conv_transpose2d(at::replication_pad2d(x, {1, 1, 1, 1}), filters({1, 3, 3, 1}, 4),
                                             at::Tensor(), 2, 2, 0, 5);
  const at::Tensor cropped = up.slice(2, 1, 1 + 24).slice(3, 1, 1 + 32);
  EXPECT_LE((Upsample(5).forward(x) - cropped).abs().max().item<float>(), 1e-5F);
}

}  // namespace
}  // namespace cut::nets
