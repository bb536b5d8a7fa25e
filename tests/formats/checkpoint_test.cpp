// SPDX-License-Identifier: MIT
// The generator in checkpoints and behind name prefixes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crafted.hpp"
#include "cuttranslate/model_file.hpp"
#include "formats/model_writer.hpp"
#include "formats/torch_archive.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using test::Bytes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// {"epoch": 3, <path>: the weights, ...}; a dot in a path stands for a dict in a dict.
Bytes checkpoint(const std::vector<std::pair<std::string, StateDict>>& entries) {
  TorchArchiveWriter archive;
  PickleWriter& pickle = archive.pickle();
  pickle.beginDict();
  pickle.text("epoch");
  pickle.integer(3);
  for (const auto& [path, weights] : entries) {
    const std::size_t dot = path.find('.');
    pickle.text(path.substr(0, dot));
    if (dot != std::string::npos) {
      pickle.beginDict();
      pickle.text(path.substr(dot + 1));
    }
    archive.stateDict(weights);
    if (dot != std::string::npos) pickle.endDict();
  }
  pickle.endDict();
  return archive.finish();
}

StateDict other() {
  return {{"weight", fromFloats({1}, {0})}};
}

std::string refusal(const Bytes& bytes) {
  const auto result = test::refusalOf([&] { readModelFile(bytes); });
  EXPECT_EQ(result.kind, ErrorKind::wrongFile) << result.message;
  return result.message;
}

TEST(Checkpoint, ReadsTheStateDictUnderAKnownKey) {
  const ModelFile model = test::tinyModel();
  for (const char* key : {"model", "state_dict", "netG", "G", "generator", "state_dict.netG"}) {
    const ModelFile read = readModelFile(checkpoint({{"netD", other()}, {key, model.weights}}));
    EXPECT_EQ(read.weights, model.weights);
    EXPECT_EQ(read.key, key);
    EXPECT_EQ(read.kind, FileKind::stateDict);
  }
}

TEST(Checkpoint, ReadsTheOnlyDictOfTensorsUnderAnyKey) {
  const ModelFile model = test::tinyModel();
  EXPECT_EQ(readModelFile(checkpoint({{"anything", model.weights}})).key, "anything");
}

TEST(Checkpoint, PrefersTheGeneratorsKey) {
  const ModelFile model = test::tinyModel();
  EXPECT_EQ(readModelFile(checkpoint({{"model", other()}, {"netG", model.weights}})).key, "netG");
  EXPECT_EQ(readModelFile(checkpoint({{"netG", other()}, {"netG_ema", model.weights}})).key, "netG_ema");
}

TEST(Checkpoint, RefusesAFileWithoutAGenerator) {
  EXPECT_THAT(refusal(checkpoint({{"one", other()}, {"two", other()}})),
              AllOf(HasSubstr("several dicts of tensors, 'one', 'two'"), HasSubstr("TorchScript")));
  EXPECT_THAT(refusal(checkpoint({})), HasSubstr("the number 3 under 'epoch'"));
}

TEST(Checkpoint, ReadsTheOnlyGeneratorAmongSeveralDicts) {
  const ModelFile model = test::tinyModel();
  EXPECT_EQ(readModelFile(checkpoint({{"first", other()}, {"second", model.weights}})).key, "second");
  EXPECT_EQ(readModelFile(checkpoint({{"netG", other()}, {"second", model.weights}})).key, "second");
}

TEST(Checkpoint, RefusesSeveralGeneratorsUnderUnknownKeys) {
  EXPECT_THAT(refusal(checkpoint({{"one", test::tinyModel().weights},
                                  {"disc", other()},
                                  {"two", test::tinyModel(3, 3, 2).weights}})),
              HasSubstr("several generators, under 'one', 'two'"));
}

TEST(Checkpoint, PrefersTheLessNestedOfTheSameKey) {
  const ModelFile model = test::tinyModel();
  const StateDict second = test::tinyModel(3, 3, 2).weights;
  EXPECT_EQ(readModelFile(checkpoint({{"a.netG", second}, {"netG", model.weights}})).key, "netG");
  EXPECT_THAT(refusal(checkpoint({{"a.netG", second}, {"b.netG", model.weights}})),
              HasSubstr("'a.netG', 'b.netG'"));
}

TEST(Checkpoint, PrefersAveragedWeights) {
  const ModelFile averaged = test::tinyModel();
  const StateDict plain = test::tinyModel(3, 3, 2).weights;
  for (const char* key :
       {"ema", "model_ema", "state_dict_ema", "ema_state_dict", "netG_ema", "G_EMA", "g_ema", "params_ema",
        "ema_model", "swa_model", "net_avg", "averaged-generator", "ema.netG"}) {
    const ModelFile read =
        readModelFile(checkpoint({{"netG", plain}, {"state_dict", plain}, {key, averaged.weights}}));
    EXPECT_EQ(read.key, key);
    EXPECT_EQ(read.weights, averaged.weights);
    EXPECT_THAT(read.infos, ElementsAre(AllOf(HasSubstr("the averaged one under '" + std::string(key) + "'"),
                                              HasSubstr("others under 'netG', 'state_dict'"))));
  }
  EXPECT_THAT(readModelFile(checkpoint({{"netG", plain}})).infos, IsEmpty());
  EXPECT_THAT(readModelFile(checkpoint({{"ema", plain}})).infos, ElementsAre(HasSubstr("averaged")));
}

TEST(Checkpoint, DoesNotTakeSchemaForEma) {
  const ModelFile model = test::tinyModel();
  const StateDict second = test::tinyModel(3, 3, 2).weights;
  EXPECT_EQ(readModelFile(checkpoint({{"schema", second}, {"emanate", second}, {"netG", model.weights}})).key,
            "netG");
}

TEST(Checkpoint, ABareStateDictHasNoKey) {
  EXPECT_EQ(readModelFile(stateDictBytes(test::tinyModel().weights)).key, "");
}

// Appends `weights` with prefixed names.
void add(StateDict& all, const std::string& prefix, const StateDict& weights) {
  for (const auto& [name, tensor] : weights) all.emplace_back(prefix + name, tensor);
}

TEST(NamePrefix, IsRemoved) {
  const ModelFile model = test::tinyModel();
  const std::vector<std::pair<std::string, std::string>> prefixesAndKeys = {
      {"netG.", "netG"},         {"generator.", "generator"}, {"module.netG.", "netG"}, {"_orig_mod.", ""},
      {"module._orig_mod.", ""}, {"netG._orig_mod.", "netG"}, {"a.b.c.", "a.b.c"}};
  for (const auto& [prefix, key] : prefixesAndKeys) {
    StateDict weights;
    add(weights, prefix, model.weights);
    const ModelFile read = readModelFile(stateDictBytes(weights));
    EXPECT_EQ(read.weights, model.weights) << prefix;
    EXPECT_EQ(read.key, key);
  }
}

TEST(NamePrefix, IsFoundForEveryArchitecture) {
  for (const char* name : {"unet_128", "smallstylegan2"}) {
    GeneratorSpec spec = generatorFromName(name);
    spec.ngf = 2;
    const ModelFile model = test::randomModel(spec);
    StateDict weights;
    add(weights, "netG.", model.weights);
    add(weights, "netD.", other());
    EXPECT_EQ(readModelFile(stateDictBytes(weights)).weights, model.weights) << name;
  }
}

TEST(NamePrefix, SelectsTheGeneratorOfALightningCheckpoint) {
  const ModelFile model = test::tinyModel();
  StateDict weights;
  add(weights, "netD.", other());
  add(weights, "netG.", model.weights);
  const ModelFile read = readModelFile(checkpoint({{"state_dict", weights}}));
  EXPECT_EQ(read.weights, model.weights);
  EXPECT_EQ(read.key, "state_dict.netG");
}

TEST(NamePrefix, IsChosenByKnownKeysOrRefused) {
  const ModelFile model = test::tinyModel();
  const ModelFile averaged = test::tinyModel(3, 3, 2);
  StateDict weights;
  add(weights, "netG.", model.weights);
  add(weights, "netG_ema.", averaged.weights);
  EXPECT_EQ(readModelFile(stateDictBytes(weights)).weights, averaged.weights);
  StateDict unknown;
  add(unknown, "student.", model.weights);
  add(unknown, "teacher.", averaged.weights);
  EXPECT_THAT(refusal(stateDictBytes(unknown)), AllOf(HasSubstr("'student', 'teacher'"), HasSubstr("netG")));
}

// What AveragedModel of torch.optim.swa_utils saves.
StateDict averagedModel(const std::string& prefix, const StateDict& weights) {
  StateDict all = {{prefix + "n_averaged", Tensor{DType::int64, {}, Bytes(8)}}};
  add(all, prefix + "module.", weights);
  return all;
}

TEST(NamePrefix, OfAveragedModelIsRemovedAndPreferred) {
  const ModelFile averaged = test::tinyModel();
  const StateDict plain = test::tinyModel(3, 3, 2).weights;
  const ModelFile alone = readModelFile(stateDictBytes(averagedModel("", averaged.weights)));
  EXPECT_EQ(alone.weights, averaged.weights);
  EXPECT_EQ(alone.key, "");
  EXPECT_THAT(alone.infos, ElementsAre(HasSubstr("averaged")));
  const ModelFile beside =
      readModelFile(checkpoint({{"netG", plain}, {"other", averagedModel("", averaged.weights)}}));
  EXPECT_EQ(beside.weights, averaged.weights);
  EXPECT_EQ(beside.key, "other");
  StateDict flat = averagedModel("shadow.", averaged.weights);
  add(flat, "netG.", plain);
  EXPECT_EQ(readModelFile(stateDictBytes(flat)).key, "shadow");
  StateDict parallel;  // of a DataParallel
  for (const auto& [name, tensor] : averaged.weights) parallel.emplace_back("module." + name, tensor);
  EXPECT_THAT(readModelFile(stateDictBytes(averagedModel("", parallel))).infos,
              ElementsAre(HasSubstr("averaged")));
}

TEST(NamePrefix, IsInTheErrorWhereATensorIsMissing) {
  StateDict weights;
  add(weights, "netG.", test::tinyModel().weights);
  weights.pop_back();
  EXPECT_THAT(refusal(stateDictBytes(weights)),
              AllOf(HasSubstr("under 'netG' fits no"), HasSubstr("missing")));
}

TEST(InstanceNormStatistics, AreDropped) {
  const ModelFile model = test::tinyModel();
  StateDict weights = model.weights;
  weights.emplace_back("model.2.running_mean", fromFloats({2}, {0, 0}));
  weights.emplace_back("model.2.running_var", fromFloats({2}, {1, 1}));
  weights.emplace_back("model.2.num_batches_tracked", Tensor{DType::int64, {}, Bytes(8)});
  EXPECT_EQ(readModelFile(stateDictBytes(weights)).weights, model.weights);
}

TEST(BatchNormStatistics, AreKept) {
  GeneratorSpec spec = test::tinyModel().spec;
  spec.norm = Norm::batch;
  StateDict weights;
  for (const TensorInfo& info : expectedTensors(spec)) {
    if (info.optional) continue;
    Tensor tensor{DType::float32, info.shape, {}};
    tensor.data.resize(static_cast<std::size_t>(tensor.elements()) * sizeof(float));
    weights.emplace_back("module." + info.name, std::move(tensor));
  }
  const ModelFile read = readModelFile(stateDictBytes(weights));
  EXPECT_EQ(read.spec, spec);
  EXPECT_EQ(read.weights.size(), weights.size());
}

}  // namespace
}  // namespace cut
