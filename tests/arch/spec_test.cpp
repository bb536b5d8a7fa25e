// SPDX-License-Identifier: MIT
// Specs, the tensors that a spec expects, and the inference of a spec from tensors.
#include "cuttranslate/spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arch/generator_layers.hpp"
#include "crafted.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

enum class Optional { with, without };

// Zeros in the shapes of the spec's tensors; constant filters have the reference's values.
StateDict weightsOf(const GeneratorSpec& spec, Optional optional = Optional::with) {
  StateDict weights;
  for (const TensorInfo& info : expectedTensors(spec)) {
    if (info.optional && optional == Optional::without) continue;
    Tensor tensor{DType::float32, info.shape, {}};
    const auto elements = static_cast<std::size_t>(tensor.elements());
    if (info.name.ends_with(".filt")) {
      const auto taps = filterTaps(info.shape[3] == 3 ? LayerKind::downFilter : LayerKind::upFilter);
      std::vector<float> values(elements);
      for (std::size_t i = 0; i < elements; ++i) values[i] = taps[i % taps.size()];
      tensor = fromFloats(info.shape, values);
    } else {
      tensor.data.resize(elements * sizeof(float));
    }
    if (info.name.ends_with(".kernel")) {
      const bool up = info.name.ends_with("blur.kernel");
      const auto taps = filterTaps(up ? LayerKind::styleUpFilter : LayerKind::styleDownFilter);
      tensor = fromFloats(info.shape, {taps.begin(), taps.end()});
    }
    weights.emplace_back(info.name, std::move(tensor));
  }
  return weights;
}

std::vector<GeneratorSpec> manySpecs() {
  std::vector<GeneratorSpec> specs;
  for (const Norm norm : {Norm::instance, Norm::batch, Norm::none})
    for (int flags = 0; flags < 8; ++flags)
      for (const int blocks : {1, 4, 9})
        specs.push_back({.blocks = blocks,
                         .inputChannels = 1 + flags % 4,
                         .outputChannels = 1 + (flags + blocks) % 4,
                         .ngf = 1 + flags,
                         .norm = norm,
                         .noAntialias = (flags & 1) != 0,
                         .noAntialiasUp = (flags & 2) != 0,
                         .dropout = (flags & 4) != 0});
  return specs;
}

std::string refusal(const StateDict& weights) {
  const auto result = test::refusalOf([&] { inferSpec(weights); });
  EXPECT_EQ(result.kind, ErrorKind::wrongFile) << result.message;
  return result.message;
}

Tensor* named(StateDict& weights, std::string_view name) {
  return const_cast<Tensor*>(find(weights, name));
}

TEST(InferSpec, FindsEverySpecFromItsTensors) {
  for (const GeneratorSpec& spec : manySpecs()) {
    EXPECT_EQ(inferSpec(weightsOf(spec)), spec) << spec.text();
    EXPECT_EQ(inferSpec(weightsOf(spec, Optional::without)), spec) << spec.text();
    EXPECT_NO_THROW(checkWeights(spec, weightsOf(spec)));
  }
}

TEST(CheckWeights, RefusesTheTensorsOfAnyOtherSpec) {
  const auto specs = manySpecs();
  for (std::size_t i = 0; i < specs.size(); i += 5)
    for (std::size_t j = 0; j < specs.size(); j += 7)
      EXPECT_EQ(
          test::refusalOf([&] { checkWeights(specs[j], weightsOf(specs[i])); }).kind == ErrorKind::wrongFile,
          specs[i] != specs[j]);
}

TEST(ExpectedTensors, HaveTheNamesOfTheReference) {
  const auto tensors = expectedTensors({});
  EXPECT_EQ(tensors.front().name, "model.1.weight");
  EXPECT_EQ(tensors.front().shape, (std::vector<std::int64_t>{64, 3, 7, 7}));
  EXPECT_EQ(tensors.back().name, "model.30.bias");
}

std::vector<std::string> namesOf(const GeneratorSpec& spec) {
  std::vector<std::string> names;
  for (const TensorInfo& info : expectedTensors(spec)) names.push_back(info.name);
  return names;
}

// Indices are those of the reference's Sequential: convolutions have a bias with instance norm and at the end
// only; a dropout counts as a module of its block, an antialiasing filter as one of the network.
TEST(ExpectedTensors, HaveTheNamesOfTheReferenceWithDropoutWithoutNorm) {
  GeneratorSpec spec = generatorFromName("resnet_4blocks");
  spec.inputChannels = 2;
  spec.outputChannels = 4;
  spec.ngf = 8;
  spec.norm = Norm::none;
  spec.dropout = true;
  EXPECT_THAT(
      namesOf(spec),
      ElementsAre("model.1.weight", "model.4.weight", "model.7.filt", "model.8.weight", "model.11.filt",
                  "model.12.conv_block.1.weight", "model.12.conv_block.6.weight",
                  "model.13.conv_block.1.weight", "model.13.conv_block.6.weight",
                  "model.14.conv_block.1.weight", "model.14.conv_block.6.weight",
                  "model.15.conv_block.1.weight", "model.15.conv_block.6.weight", "model.16.filt",
                  "model.17.weight", "model.20.filt", "model.21.weight", "model.25.weight", "model.25.bias"));
  const auto tensors = expectedTensors(spec);
  EXPECT_THAT(tensors.front().shape, ElementsAre(8, 2, 7, 7));
  EXPECT_THAT(tensors[tensors.size() - 2].shape, ElementsAre(4, 8, 7, 7));
}

TEST(ExpectedTensors, HaveTheNamesOfTheReferenceWithBatchNormWithoutAntialiasing) {
  const auto batchNorm = [](std::vector<std::string>& names, const std::string& layer) {
    for (const char* part : {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"})
      names.push_back(layer + "." + part);
  };
  std::vector<std::string> expected;
  for (const auto& [convolution, norm] : {std::pair("1", "2"),
                                          {"4", "5"},
                                          {"7", "8"},
                                          {"10.conv_block.1", "10.conv_block.2"},
                                          {"10.conv_block.5", "10.conv_block.6"},
                                          {"11", "12"},
                                          {"14", "15"}}) {
    expected.push_back(std::string("model.") + convolution + ".weight");
    batchNorm(expected, std::string("model.") + norm);
  }
  expected.emplace_back("model.18.weight");
  expected.emplace_back("model.18.bias");
  EXPECT_EQ(namesOf({.blocks = 1, .norm = Norm::batch, .noAntialias = true, .noAntialiasUp = true}),
            expected);
}

TEST(Spec, ValidateNamesTheFieldThatIsOutOfRange) {
  const auto complaint = [](GeneratorSpec spec) { return test::refusalOf([&] { spec.validate(); }).message; };
  EXPECT_THAT(complaint({.blocks = 65}), HasSubstr("blocks is 65; expected 1 to 64"));
  EXPECT_THAT(complaint({.inputChannels = 0}), HasSubstr("inputChannels"));
  EXPECT_THAT(complaint({.outputChannels = 5}), HasSubstr("outputChannels"));
  EXPECT_THAT(complaint({.ngf = 2000}), HasSubstr("ngf"));
  EXPECT_THAT(complaint({.architecture = "vit"}), HasSubstr("'vit'"));
  EXPECT_THAT(complaint({.architecture = "unet", .blocks = 0, .downs = 4}), HasSubstr("downs is 4"));
  EXPECT_THAT(complaint({.downs = 3}), HasSubstr("downs"));
  EXPECT_THAT(complaint({.resolution = 64}), HasSubstr("resolution"));
  GeneratorSpec style = generatorFromName("stylegan2");
  style.resolution = 96;
  EXPECT_THAT(complaint(style), HasSubstr("power of two"));
  style.resolution = 4;
  EXPECT_THAT(complaint(style), HasSubstr("expected 8 to 1024"));
  EXPECT_NO_THROW(GeneratorSpec{}.validate());
}

TEST(Spec, TextDescribesTheNetwork) {
  EXPECT_EQ(GeneratorSpec{}.text(), "resnet_9blocks ngf 64, 3 -> 3 channels, instance norm");
  EXPECT_EQ((GeneratorSpec{
                .blocks = 6, .norm = Norm::none, .noAntialias = true, .noAntialiasUp = true, .dropout = true}
                 .text()),
            "resnet_6blocks ngf 64, 3 -> 3 channels, no norm, no_antialias, no_antialias_up, dropout");
  EXPECT_EQ(generatorFromName("unet_256").text(), "unet_256 ngf 64, 3 -> 3 channels, instance norm");
  EXPECT_EQ(generatorFromName("smallstylegan2").text(),
            "smallstylegan2 ngf 64 at 256x256, halved once, 3 -> 3 channels");
  EXPECT_EQ(normFromName("batch"), Norm::batch);
  EXPECT_THROW(normFromName("layer"), Error);
}

TEST(Spec, GeneratorFromNameKnowsTheReferencesNames) {
  for (const char* name :
       {"resnet_4blocks", "resnet_9blocks", "unet_128", "unet_256", "stylegan2", "smallstylegan2"})
    EXPECT_EQ(generatorFromName(name).name(), name);
  EXPECT_EQ(generatorFromName("resnet_9blocks"), GeneratorSpec{});
  for (const char* name : {"resnet_cat", "resnet_0blocks", "resnet_-1blocks", "resnet_blocks", "unet_64", ""})
    EXPECT_THROW(generatorFromName(name), Error) << name;
}

TEST(Spec, SizeMultipleIsTwoToThePowerOfDowns) {
  EXPECT_EQ(GeneratorSpec{}.sizeMultiple(), 4);
  EXPECT_EQ(generatorFromName("unet_128").sizeMultiple(), 128);
  EXPECT_EQ(generatorFromName("unet_256").sizeMultiple(), 256);
  EXPECT_EQ(generatorFromName("stylegan2").sizeMultiple(), 2);
}

TEST(InferSpec, FindsEveryUNet) {
  for (const Norm norm : {Norm::instance, Norm::batch, Norm::none})
    for (const int downs : {5, 7, 8, 10}) {
      const GeneratorSpec spec{.architecture = "unet",
                               .blocks = 0,
                               .inputChannels = 1 + downs % 4,
                               .outputChannels = downs % 3 + 1,
                               .ngf = 2,
                               .norm = norm,
                               .downs = downs};
      EXPECT_EQ(inferSpec(weightsOf(spec)), spec) << spec.text();
      EXPECT_EQ(inferSpec(weightsOf(spec, Optional::without)), spec) << spec.text();
    }
}

TEST(InferSpec, FindsAnEquivalentSpecOfEveryStyleGan) {
  for (const char* name : {"stylegan2", "smallstylegan2"})
    for (const int downs : {1, 2, 4})
      for (const auto& [ngf, resolution] : {std::pair(2, 64), {10, 64}, {3, 512}, {3, 1024}, {1, 256}}) {
        GeneratorSpec spec = generatorFromName(name);
        spec.ngf = ngf;
        spec.resolution = resolution;
        spec.downs = downs;
        const GeneratorSpec inferred = inferSpec(weightsOf(spec));
        EXPECT_EQ(inferred.architecture, spec.architecture);
        EXPECT_EQ(inferred.downs, spec.downs);
        EXPECT_EQ(macs(inferred, 64, 64), macs(spec, 64, 64)) << spec.text() << " became " << inferred.text();
        EXPECT_NO_THROW(checkWeights(inferred, weightsOf(spec)));
      }
}

TEST(InferSpec, NamesTheWrongTensorOfAUNet) {
  GeneratorSpec spec = generatorFromName("unet_128");
  spec.ngf = 2;
  StateDict weights = weightsOf(spec);
  *named(weights, "model.model.1.model.3.model.5.weight") = fromFloats({1, 1, 4, 4}, std::vector<float>(16));
  EXPECT_THAT(refusal(weights), AllOf(HasSubstr("'model.model.1.model.3.model.5.weight'"),
                                      HasSubstr("unet_128 ngf 2"), HasSubstr("has (16, 4, 4, 4) there")));
}

TEST(InferSpec, NamesTheWrongTensorOfAStyleGan) {
  GeneratorSpec spec = generatorFromName("stylegan2");
  spec.ngf = 8;
  StateDict weights = weightsOf(spec);
  weights.emplace_back("decoder.convs.5.0.weight", fromFloats({1}, {0}));
  EXPECT_THAT(refusal(weights), AllOf(HasSubstr("'decoder.convs.5.0.weight' of shape (1,) is unexpected"),
                                      HasSubstr("stylegan2")));
  weights = weightsOf(spec);
  named(weights, "decoder.convs.3.conv.blur.kernel")->data.back() = std::byte{0};
  EXPECT_THAT(refusal(weights), HasSubstr("'decoder.convs.3.conv.blur.kernel'"));
}

TEST(InferSpec, NamesTheMissingTensor) {
  StateDict weights = weightsOf({.ngf = 4});
  std::erase_if(weights, [](const auto& entry) { return entry.first == "model.8.weight"; });
  EXPECT_THAT(refusal(weights), AllOf(HasSubstr("'model.8.weight' is missing"), HasSubstr("(16, 8, 3, 3)")));
}

TEST(InferSpec, NamesTheMissingAndTheUnexpectedTensorOfARename) {
  StateDict weights = weightsOf({.ngf = 4});
  for (auto& [name, tensor] : weights)
    if (name == "model.8.weight") name = "model.8.kernel";
  EXPECT_THAT(refusal(weights),
              AllOf(HasSubstr("'model.8.weight' is missing"), HasSubstr("has it, of shape (16, 8, 3, 3)"),
                    HasSubstr("'model.8.kernel' of shape (16, 8, 3, 3) is unexpected")));
}

TEST(InferSpec, NamesTheTensorOfAnotherShapeWithBothShapes) {
  StateDict weights = weightsOf({.ngf = 4});
  *named(weights, "model.14.conv_block.5.bias") = fromFloats({3}, {1, 2, 3});
  EXPECT_THAT(refusal(weights), AllOf(HasSubstr("'model.14.conv_block.5.bias' has the shape (3,)"),
                                      HasSubstr("resnet_9blocks ngf 4"), HasSubstr("has (16,) there")));
}

TEST(InferSpec, NamesTheUnexpectedTensor) {
  StateDict weights = weightsOf({.ngf = 4});
  weights.emplace_back("model.31.weight", fromFloats({1}, {0}));
  EXPECT_THAT(refusal(weights), HasSubstr("'model.31.weight' of shape (1,) is unexpected"));
}

TEST(InferSpec, RefusesADuplicateTensorName) {
  StateDict weights = weightsOf({.ngf = 4});
  weights.push_back(weights.front());
  EXPECT_THAT(refusal(weights), HasSubstr("twice"));
}

TEST(InferSpec, RefusesOtherConstantFilters) {
  StateDict weights = weightsOf({.ngf = 4});
  named(weights, "model.7.filt")->data.back() = std::byte{0};
  EXPECT_THAT(refusal(weights), HasSubstr("'model.7.filt'"));
}

TEST(InferSpec, RefusesIntegerWeights) {
  StateDict weights = weightsOf({.ngf = 4});
  named(weights, "model.1.bias")->dtype = DType::int32;
  EXPECT_THAT(refusal(weights), HasSubstr("int32"));
}

TEST(InferSpec, RefusesTensorsOfNoGenerator) {
  EXPECT_THAT(refusal({}), HasSubstr("no tensors at all"));
  EXPECT_THAT(refusal({{"mlp_0.0.\x1Bweight", fromFloats({1}, {0})}}), HasSubstr("'mlp_0.0.\\x1bweight'"));
}

TEST(InferSpec, RefusesHugeShapes) {
  StateDict weights = weightsOf({.ngf = 4});
  named(weights, "model.1.weight")->shape = {std::int64_t{1} << 60, 3, 7, 7};
  EXPECT_THAT(refusal(weights), HasSubstr("'model.1.weight'"));
}

TEST(Macs, MatchPublishedNumbersOfResnets) {
  EXPECT_NEAR(static_cast<double>(macs({}, 256, 256)) / 1e9, 64.05, 0.01);
  EXPECT_NEAR(static_cast<double>(macs({.noAntialias = true, .noAntialiasUp = true}, 256, 256)) / 1e9, 49.5,
              0.1);
}

// 2.02 GMAC in the encoder and 4.03 in the decoder, where a transposed convolution applies its kernel once to
// each input pixel. Tools that count output pixels instead say 18.1.
TEST(Macs, CountTransposedConvolutionsPerInputPixel) {
  EXPECT_NEAR(static_cast<double>(macs(generatorFromName("unet_256"), 256, 256)) / 1e9, 6.05, 0.01);
}

TEST(Macs, CountThePaddedFrame) {
  EXPECT_EQ(macs({}, 253, 255), macs({}, 256, 256));
  EXPECT_EQ(macs({}, 1, 1), macs({}, 8, 8));
  EXPECT_GT(macs({.blocks = 64, .ngf = 1024}, 65536, 65536), 0);
  EXPECT_THROW(macs({}, 0, 5), Error);
  EXPECT_THROW(macs({}, 65537, 5), Error);
}

}  // namespace
}  // namespace cut
