// SPDX-License-Identifier: MIT
// Valid files that are refused or read with an info: the message says why and what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "crafted.hpp"
#include "cuttranslate/model_file.hpp"
#include "formats/model_writer.hpp"
#include "formats/safetensors.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using namespace std::string_literals;
using test::Bytes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;
namespace pickle = test::pickle;

std::string refusal(const Bytes& bytes) {
  const auto result = test::refusalOf([&] { readModelFile(bytes); });
  EXPECT_EQ(result.kind, ErrorKind::wrongFile) << result.message;
  return result.message;
}

TEST(ForeignArchive, RefusesTorchExportWithTheWayToItsWeights) {
  for (const char* member : {"a/models/model.json", "serialized_exported_program.json"})
    EXPECT_THAT(refusal(test::archiveOf({{"a/archive_format", "pt2"}, {member, "{}"}})),
                AllOf(HasSubstr("torch.export"), HasSubstr(".state_dict")));
}

TEST(ForeignArchive, RefusesAOTInductor) {
  EXPECT_THAT(refusal(test::archiveOf({{"a/data/aotinductor/model/x.wrapper.so",
                                        "\x7F"
                                        "ELF"},
                                       {"a/archive_format", "pt2"}})),
              HasSubstr("AOTInductor"));
}

TEST(ForeignArchive, RefusesTorchPackage) {
  EXPECT_THAT(refusal(test::archiveOf({{"p/.data/extern_modules", "torch"}, {"p/model/model.pkl", "x"}})),
              AllOf(HasSubstr("torch.package"), HasSubstr("load_pickle()")));
  EXPECT_THAT(refusal(test::archiveOf({{"p/.data/extern_modules", "torch"}, {"p/code/x.py", "x"}})),
              HasSubstr("torch.package"));
}

TEST(ForeignArchive, RefusesAZipAroundAFileOfWeights) {
  EXPECT_THAT(refusal(test::archiveOf({{"run/netG.pth", "x"}})),
              AllOf(HasSubstr("'run/netG.pth'"), HasSubstr("unpack it")));
}

// torch.distributed.checkpoint writes one archive of torch.save behind the other.
TEST(ForeignArchive, RecognisesAppendedArchivesAsADistributedShard) {
  for (const char* end : {"", "x"}) {
    const Bytes one = test::torchArchiveOf(pickle::whole("}"));
    Bytes two = test::torchArchiveOf(pickle::whole("}"), {{"0", end}});
    two.insert(two.begin(), one.begin(), one.end());
    EXPECT_THAT(refusal(two),
                AllOf(HasSubstr(".distcp"), HasSubstr("dcp_to_torch"), Not(HasSubstr("damaged"))));
  }
  EXPECT_THAT(refusal(test::bytesOf("PK\3\4" + std::string(100, 'x'))), HasSubstr("damaged"));
}

class FileName : public testing::Test {
 protected:
  std::string refusalOf(const std::string& name, const Bytes& bytes) const {
    const fs::path path = folder_.path() / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return test::refusalOf([&] { readModelFile(path); }).message;
  }

  test::TemporaryFolder folder_;
};

TEST_F(FileName, IdentifiesADistributedShard) {
  const auto tensor = pickle::tensor(pickle::storage("FloatStorage", "0", 1), 0, {1}, {1});
  EXPECT_THAT(refusalOf("__0_0.distcp", test::torchArchiveOf(pickle::whole(tensor), {{"0", "1234"}})),
              HasSubstr("dcp_to_torch"));
  EXPECT_THAT(refusalOf(".metadata", test::bytesOf("\x80\x04N.")), HasSubstr("dcp_to_torch"));
}

TEST_F(FileName, IdentifiesAPartOfAStateDict) {
  ModelFile model = test::tinyModel();
  model.weights.resize(4);
  const Bytes part = stateDictBytes(model.weights);
  EXPECT_THAT(refusalOf("pytorch_model-00001-of-00003.bin", part),
              AllOf(HasSubstr("file 1 of 3 of one state_dict"), HasSubstr("weights.update"),
                    Not(HasSubstr("TorchScript"))));
  EXPECT_THAT(
      refusalOf("model-00002-of-00002.safetensors", safetensorsBytes(SafetensorsFile{model.weights, {}})),
      HasSubstr("file 2 of 2"));
  for (const char* name :
       {"model-00001-of-00001.bin", "a-of-b", "-of-00002", "x-0001a-of-00002.bin", "x.pth"})
    EXPECT_THAT(refusalOf(name, part), Not(HasSubstr("one state_dict"))) << name;
}

TEST_F(FileName, TheIndexOfAStateDictIsIdentifiedByItsContent) {
  EXPECT_THAT(refusalOf("model.safetensors.index.json",
                        test::bytesOf(R"({"metadata": {"total_size": 1}, "weight_map": {"a": "b"}})")),
              AllOf(HasSubstr("index of a state_dict in several files"), HasSubstr("weights.update")));
}

std::string refusalWithNames(const std::vector<std::pair<std::string, std::string>>& leafs) {
  StateDict weights;
  for (const auto& [name, tensor] : test::tinyModel().weights) {
    const bool isKernel = tensor.shape.size() == 4 && name.ends_with(".weight");
    for (const auto& [from, to] : leafs)
      if (isKernel) weights.emplace_back(name.substr(0, name.size() - from.size()) + to, tensor);
    if (!isKernel) weights.emplace_back(name, tensor);
  }
  return refusal(stateDictBytes(weights));
}

TEST(Parametrisation, IsRefusedWithTheCallThatRemovesIt) {
  const std::string leaf = "weight";
  EXPECT_THAT(refusalWithNames({{leaf, "weight_g"}, {leaf, "weight_v"}}),
              AllOf(HasSubstr("'model.1.weight_g'"), HasSubstr("remove_weight_norm(module)")));
  EXPECT_THAT(refusalWithNames({{leaf, "weight_orig"}, {leaf, "weight_u"}, {leaf, "weight_v"}}),
              AllOf(HasSubstr("'model.1.weight_u'"), HasSubstr("remove_spectral_norm(module)")));
  EXPECT_THAT(refusalWithNames({{leaf, "weight_orig"}, {leaf, "weight_mask"}}),
              AllOf(HasSubstr("'model.1.weight_mask'"), HasSubstr("prune.remove(module, \"weight\")")));
  EXPECT_THAT(refusalWithNames(
                  {{leaf, "parametrizations.weight.original0"}, {leaf, "parametrizations.weight.original1"}}),
              AllOf(HasSubstr("parametrizations.weight.original0"),
                    HasSubstr("remove_parametrizations(module, \"weight\")")));
}

TEST(Parametrisation, OfSomeLayersIsNamedWithTheMissingTensor) {
  StateDict weights = test::tinyModel().weights;
  weights.back().first.insert(weights.back().first.size(), "_g");
  weights.back().first = "model.17.weight_g";
  EXPECT_THAT(refusal(stateDictBytes(weights)),
              AllOf(HasSubstr("is missing"), HasSubstr("it holds 'model.17.weight_g'")));
}

TEST(UnknownNetwork, IsRefusedWithAHintAtTorchScript) {
  const auto johnson = refusal(stateDictBytes({{"conv1.conv2d.weight", fromFloats({1, 1, 1, 1}, {1})}}));
  EXPECT_THAT(johnson, AllOf(HasSubstr("holds no generator of CUT"), HasSubstr("torch.jit.trace(netG.eval()"),
                             HasSubstr("program.save("), HasSubstr("allow-code=true")));
  const StateDict port = {{"model.1.weight", fromFloats({1, 3, 7, 7}, std::vector<float>(147, 0))},
                          {"model.10.block.1.weight", fromFloats({1}, {1})}};
  EXPECT_THAT(refusal(stateDictBytes(port)),
              AllOf(HasSubstr("fits no known network"), HasSubstr("torch.jit.trace(netG.eval()")));
  StateDict truncated = test::tinyModel().weights;
  truncated.pop_back();
  EXPECT_THAT(refusal(stateDictBytes(truncated)), Not(HasSubstr("TorchScript")));
}

TEST(Checksums, AreNotVerifiedWhereAllAreZero) {
  const fs::path files = fs::path(CUT_WEIGHT_FILES) / "files";
  const ModelFile read = readModelFile(files / "no_checksums.pth");
  EXPECT_EQ(read.weights, readModelFile(files / "weights.pth").weights);
  EXPECT_THAT(read.infos, ElementsAre(HasSubstr("set_crc32_options(False)")));
  EXPECT_THAT(readModelFile(files / "weights.pth").infos, testing::IsEmpty());
}

// Of the first member, in its local header and in the central directory.
void clearFirstChecksum(Bytes& bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const std::size_t at : {std::size_t{14}, text.find("PK\1\2") + 16})
    for (std::size_t i = 0; i < 4; ++i) bytes.at(at + i) = std::byte{0};
}

TEST(Checksums, AreVerifiedWhereOnlyOneIsZero) {
  Bytes bytes = stateDictBytes(test::tinyModel().weights);
  clearFirstChecksum(bytes);
  EXPECT_THAT(refusal(bytes), HasSubstr("is damaged (CRC error)"));
}

}  // namespace
}  // namespace cut
