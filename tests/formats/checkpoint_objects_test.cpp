// SPDX-License-Identifier: MIT
// Checkpoints with Python objects: everything but the generator is skipped, nothing is executed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cost.hpp"
#include "crafted.hpp"
#include "cuttranslate/model_file.hpp"
#include "formats/model_writer.hpp"
#include "formats/pickle_tree.hpp"
#include "formats/zip_archive.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using namespace std::string_literals;
using test::Bytes;
using testing::HasSubstr;
namespace fs = std::filesystem;
namespace pickle = test::pickle;

const fs::path files = fs::path(CUT_WEIGHT_FILES) / "files";

std::string textOf(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The opcodes of `whole` between two others, as a pickle of protocol 4.
std::string between(const std::string& front, const std::string& whole, const std::string& behind) {
  return pickle::whole(front + whole.substr(2, whole.size() - 3) + behind).replace(1, 1, "\4");
}

// A file with the tiny model's state_dict between other opcodes; protocol 4 allows all of them.
Bytes modelBetween(const std::string& front, const std::string& behind) {
  const Bytes alone = stateDictBytes(test::tinyModel().weights);
  const ZipReader zip{std::span<const std::byte>(alone)};
  std::vector<std::pair<std::string, std::string>> members;
  for (const ZipMember& member : zip.members()) {
    std::string content = textOf(zip.read(member));
    if (member.name.ends_with("/data.pkl")) content = between(front, content, behind);
    members.emplace_back(member.name, content);
  }
  return test::archiveOf(members);
}

// {"other": other, "netG": the model}
Bytes bundleWith(const std::string& other) {
  return modelBetween("}(" + pickle::text("other") + other + pickle::text("netG"), "u");
}

void expectSkipped(const std::string& other) {
  try {
    const ModelFile read = readModelFile(bundleWith(other));
    EXPECT_EQ(read.key, "netG");
    EXPECT_EQ(read.weights, test::tinyModel().weights);
  } catch (const Error& error) {
    ADD_FAILURE() << testing::PrintToString(other) << ": " << error.what();
  }
}

std::string call(const std::string& function, std::initializer_list<std::string> arguments) {
  return function + pickle::tuple(arguments) + "R";
}

TEST(CheckpointWithObjects, GivesTheGeneratorOfFilesSavedByPyTorch) {
  const StateDict weights = readModelFile(files / "weights.pth").weights;
  for (const char* name : {"bundle.pth", "bundle_protocol_5.pth", "bundle_legacy.pth"}) {
    const ModelFile read = readModelFile(files / name);
    EXPECT_EQ(read.weights, weights) << name;
    EXPECT_EQ(read.key, "netG") << name;
  }
}

TEST(CheckpointWithObjects, ReadsParametersWithState) {
  EXPECT_EQ(readModelFile(files / "parameters_with_state.pth").weights,
            readModelFile(files / "weights.pth").weights);
}

TEST(CheckpointWithObjects, SkipsObjectsOfAnyClass) {
  const std::string type = pickle::global("some.module", "Class");
  const std::string built = type + ")R" + pickle::dict({{"a", "K\1"}}) + "b";
  for (const std::string& body :
       {type, call(type, {"K\1"}), type + ")\x81", type + ")}\x92", built, type + ")\x81](K\1K\2" + "eb",
        type + ")\x81(K\1K\2" + "e", type + ")\x81(K\1K\2" + "u", type + ")\x81(K\1K\2\x90", type + ")R)R",
        "(K\1isome.module\nClass\n"s, "(" + type + "K\1o",
        pickle::text("some.module") + pickle::text("Class") + "\x93", "\x82\7"s, "\x83\7\7"s,
        "\x84\7\7\7\7"s})
    expectSkipped(body);
}

TEST(CheckpointWithObjects, SkipsBuiltInTypes) {
  for (const std::string& body :
       {"\x8F"s, "\x8F(K\1K\2\x90"s, "(K\1K\2\x91"s, "C\2ab"s, "\x96\2\0\0\0\0\0\0\0ab"s,
        "\x8A\x09" + std::string(9, '\1'), "\x8B\x2C\1\0\0"s + std::string(300, '\xFF'),
        call(pickle::global("_codecs", "encode"), {pickle::text("ab"), pickle::text("latin1")}),
        call(pickle::global("__builtin__", "complex"), {"K\1", "K\2"}),
        call(pickle::global("collections", "Counter"), {pickle::dict({{"a", "K\1"}})})})
    expectSkipped(body);
}

TEST(CheckpointWithObjects, SkipsKeysOfOtherTypes) {
  for (const std::string& key : {"N"s, "\x88"s, "K\1K\2\x86"s, "G\0\0\0\0\0\0\0\0"s, "C\1a"s, "]"s,
                                 pickle::global("torch", "float32"), pickle::global("a", "b") + ")R"})
    expectSkipped("}" + key + "Ns");
}

TEST(CheckpointWithObjects, SkipsUnsupportedTensors) {
  const std::string ordered = pickle::global("collections", "OrderedDict") + ")R";
  const auto storageOf = [](const char* type) { return pickle::storage(type, "other", 2); };
  const auto rebuild = [](const char* name) { return pickle::global("torch._utils", name); };
  const std::string plain = pickle::tensor(storageOf("FloatStorage"), 0, {2}, {1});
  const std::string hooks = pickle::dict({{"hook", "N"}});
  const auto place = [&](const std::string& storage) { return storage + "K\0K\2\x85K\1\x85\x89"s; };
  for (const std::string& body :
       {pickle::tensor(storageOf("ComplexFloatStorage"), 0, {2}, {1}),
        pickle::tensor(storageOf("QInt8Storage"), 0, {2}, {1}),
        pickle::tensor(storageOf("StorageOfTomorrow"), 0, {2}, {1}), storageOf("FloatStorage"),
        call(rebuild("_rebuild_tensor_v2"), {place(storageOf("FloatStorage")), hooks}),
        call(rebuild("_rebuild_tensor_v2"), {place(storageOf("FloatStorage")), ordered, hooks}),
        call(rebuild("_rebuild_tensor_v3"),
             {place(storageOf("UntypedStorage")), ordered, pickle::global("torch", "float8_e4m3fn")}),
        call(rebuild("_rebuild_sparse_tensor"), {pickle::global("a", "b") + ")R", plain}),
        call(rebuild("_rebuild_parameter"), {pickle::global("a", "b") + ")R", "\x88", ordered}),
        call(rebuild("_rebuild_parameter"), {plain, "\x88", hooks}),
        call(
            pickle::global("torch._tensor", "_rebuild_from_type_v2"),
            {rebuild("_rebuild_tensor_v2"), pickle::global("torch.distributed.tensor", "DTensor"), ")", "}"}),
        call(pickle::global("torch._tensor", "_rebuild_from_type_v2"),
             {rebuild("_rebuild_wrapper_subclass"), pickle::global("torch", "Tensor"), ")", "}"})})
    expectSkipped(body);
}

TEST(CheckpointWithObjects, FindsTheGeneratorInListsTuplesAndIntegerKeys) {
  struct Case {
    std::string front, behind, key;
  };
  for (const auto& [front, behind, key] :
       {Case{"](}", "e", "1"}, Case{"", "\x85", "0"}, Case{"}(K\0}K\1"s, "u", "1"},
        Case{"]]](N", "eaa", "0.0.1"}, Case{"}" + pickle::text("models") + "](NN", "es", "models.2"}}) {
    const ModelFile read = readModelFile(modelBetween(front, behind));
    EXPECT_EQ(read.key, key);
    EXPECT_EQ(read.weights, test::tinyModel().weights);
  }
}

TEST(CheckpointWithObjects, ExecutesNothing) {
  const fs::path trace = fs::temp_directory_path() / "cut-bundle-test-was-executed";
  fs::remove(trace);
  const std::string command = pickle::text("touch " + trace.string());
  expectSkipped(call(pickle::global("os", "system"), {command}));
  expectSkipped(call(pickle::global("builtins", "eval"), {command}));
  expectSkipped(
      call(call(pickle::global("builtins", "getattr"), {pickle::global("os", "x"), command}), {command}));
  EXPECT_FALSE(fs::exists(trace));
}

// {"model.1.weight": first, the other tensors of the tiny model}
Bytes modelWithFirst(const std::string& first) {
  StateDict weights = test::tinyModel().weights;
  weights.erase(weights.begin());
  const Bytes rest = stateDictBytes(weights);
  const ZipReader zip{std::span<const std::byte>(rest)};
  std::vector<std::pair<std::string, std::string>> members;
  for (const ZipMember& member : zip.members()) {
    std::string content = textOf(zip.read(member));
    if (member.name.ends_with("/data.pkl"))
      content.insert(content.size() - 1, pickle::text("model.1.weight") + first + "s");
    members.emplace_back(member.name, content);
  }
  return test::archiveOf(members);
}

std::string refusal(const Bytes& bytes) {
  const auto result = test::refusalOf([&] { readModelFile(bytes); });
  EXPECT_EQ(result.kind, ErrorKind::wrongFile) << result.message;
  return result.message;
}

TEST(CheckpointWithObjects, RefusesAGeneratorWithAnObjectForATensor) {
  const auto fromType = [](const char* module, const char* name) {
    return call(
        pickle::global("torch._tensor", "_rebuild_from_type_v2"),
        {pickle::global("torch._utils", "_rebuild_tensor_v2"), pickle::global(module, name), ")", "}"});
  };
  const auto refusalWith = [](const std::string& first) { return refusal(modelWithFirst(first)); };
  EXPECT_THAT(
      refusalWith(pickle::global("my.own", "Weight") + ")R"),
      AllOf(HasSubstr("'my.own.Weight'"), HasSubstr("under 'model.1.weight'"), HasSubstr("torch.save")));
  EXPECT_THAT(refusalWith(fromType("torch.distributed.tensor", "DTensor")),
              AllOf(HasSubstr("'torch.distributed.tensor.DTensor'"), HasSubstr("full_tensor()")));
  EXPECT_THAT(refusalWith(fromType("torchao.quantization", "Int8Tensor")),
              AllOf(HasSubstr("'torchao.quantization.Int8Tensor'"), HasSubstr("dequantize()")));
  EXPECT_THAT(refusalWith(pickle::tensor(pickle::storage("QInt8Storage", "0", 4), 0, {4}, {1})),
              AllOf(HasSubstr("'torch.QInt8Storage'"), HasSubstr("dequantize()")));
}

TEST(CheckpointWithObjects, RefusesAWholeModuleNamingItsClass) {
  const std::string network = pickle::global("models", "ResnetGenerator") + ")\x81}b";
  EXPECT_THAT(refusal(test::torchArchiveOf(pickle::whole(network))),
              AllOf(HasSubstr("'models.ResnetGenerator'"), HasSubstr("save its state_dict")));
  EXPECT_THAT(
      refusal(test::torchArchiveOf(pickle::whole(pickle::dict({{"epoch", "K\3"}, {"netG", network}})))),
      AllOf(HasSubstr("'models.ResnetGenerator'"), HasSubstr("under 'netG'"),
            HasSubstr("save its state_dict")));
}

// The globals that PyTorch's weights_only allows by default.
std::vector<std::string> safeGlobals() {
  std::vector<std::string> names;
  std::ifstream file(fs::path(CUT_WEIGHT_FILES) / "safe_globals.txt");
  for (std::string name; std::getline(file, name);) names.push_back(name);
  return names;
}

PickleNode nodeOf(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return globalNode(std::string_view(path).substr(0, dot), std::string_view(path).substr(dot + 1));
}

TEST(CheckpointWithObjects, SkipsEveryGlobalThatWeightsOnlyAllows) {
  ASSERT_GE(safeGlobals().size(), 100U);
  for (const std::string& path : safeGlobals()) {
    const std::size_t dot = path.rfind('.');
    expectSkipped(pickle::global(path.substr(0, dot), path.substr(dot + 1)));
  }
}

// Calls that make plain tensors and their containers are carried out as data; all others are skipped.
TEST(CheckpointWithObjects, KnowsTheGlobalsThatMakePlainTensors) {
  std::vector<std::string> known;
  std::vector<std::string> storages;
  for (const std::string& name : safeGlobals()) {
    if (!std::holds_alternative<PickleGlobal>(nodeOf(name))) continue;
    (name.ends_with("Storage") ? storages : known).push_back(name);
  }
  EXPECT_THAT(known, testing::ElementsAre(
                         "collections.OrderedDict", "torch.Size", "torch.Tensor",
                         "torch._tensor._rebuild_from_type_v2", "torch._utils._rebuild_parameter",
                         "torch._utils._rebuild_parameter_with_state", "torch._utils._rebuild_tensor",
                         "torch._utils._rebuild_tensor_v2", "torch.nn.parameter.Parameter"));
  for (const std::string& name : safeGlobals()) {
    if (!name.ends_with("Storage") || name == "torch.storage.TypedStorage") continue;
    EXPECT_THAT(storages, testing::Contains(name));
  }
}

std::string refusalAtLittleCost(const std::string& body) {
  const Bytes file = test::torchArchiveOf(pickle::whole(body));
  test::Refusal refusal;
  const test::Cost cost = test::costOf([&] { refusal = test::refusalOf([&] { readModelFile(file); }); });
  EXPECT_LT(cost.seconds, test::mostSeconds);
  EXPECT_LE(cost.mebibytes.value_or(0), 16);
  return refusal.message;
}

TEST(CheckpointWithObjects, CallsThatShareArgumentsTakeLittleMemory) {
  std::string arguments = "(";
  for (int i = 0; i < 60'000; ++i) arguments += "N";
  const auto list = [&](const std::string& function, const std::string& each, const std::string& behind) {
    std::string calls = "](";
    for (int i = 0; i < 30'000; ++i) calls += each;
    return pickle::dict({{"a", arguments + "tq\1"}, {"f", function + "q\2"}, {"b", calls + behind + "e"}});
  };
  const std::string opaque = pickle::global("torch._utils", "_rebuild_x");
  EXPECT_THAT(refusalAtLittleCost(list(opaque, "h\2h\1R", "")), HasSubstr("a tuple under 'a'"));
  EXPECT_THAT(refusalAtLittleCost(list(opaque, "h\2)\x81", "")), HasSubstr("a tuple under 'a'"));
  EXPECT_THAT(refusalAtLittleCost(list(opaque, "h\2)Rh\1b", "")), HasSubstr("a tuple under 'a'"));
}

// Each dict has the names of 64 blocks, so that it is compared with large networks.
TEST(CheckpointWithObjects, ManyCandidateGeneratorsAreRefusedCheaply) {
  std::string body = pickle::tensor(pickle::storage("FloatStorage", "0", 1), 0, {1}, {1}) + "q\1" + "0";
  body += pickle::text("model.1.weight") + "q\2" + "0";
  std::string entries = "(h\2h\1";
  for (char block = 0; block < 64; ++block) {
    const std::string number = {static_cast<char>(block + 10)};
    body += pickle::text("model." + std::to_string(block) + ".conv_block.1.weight") + "q" + number + "0";
    entries += "h" + number + "h\1";
  }
  body += "}(";
  for (int i = 0; i < 1'500; ++i) body += pickle::text("g" + std::to_string(i)) + "}" + entries + "u";
  EXPECT_THAT(refusalAtLittleCost(body + "u"), HasSubstr("more than 100000 tensors"));
}

}  // namespace
}  // namespace cut
