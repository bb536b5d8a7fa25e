// SPDX-License-Identifier: MIT
// The legacy format of torch.save, from before PyTorch 1.6.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cost.hpp"
#include "crafted.hpp"
#include "cuttranslate/model_file.hpp"
#include "formats/pickle_machine.hpp"
#include "formats/torch_archive.hpp"

namespace cut {
namespace {

using namespace std::string_literals;
using test::Bytes;
using testing::ElementsAre;
using testing::HasSubstr;
namespace pickle = test::pickle;

std::string number(std::int64_t value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

struct Parts {
  std::string version = pickle::whole(pickle::number(1001));
  std::string machine = pickle::whole(pickle::dict({{"little_endian", "\x88"}}));
  std::string structure;
  std::string keys = pickle::whole("](" + pickle::text("7") + "e");
  std::string storages = number(3) + "\x05\x06\x07";
};

std::string magic() {
  return "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."s;
}

Bytes fileOf(const Parts& parts) {
  return test::bytesOf(magic() + parts.version + parts.machine + parts.structure + parts.keys +
                       parts.storages);
}

std::string oneTensor(const std::string& tensor) {
  return pickle::whole(pickle::dict({{"x", tensor}}));
}

Parts good() {
  Parts parts;
  parts.structure = oneTensor(pickle::tensor(pickle::legacyStorage("ByteStorage", "7", 3), 1, {2}, {1}));
  return parts;
}

StateDict readAll(const Bytes& bytes) {
  TorchArchive archive = TorchArchive::open(bytes);
  EXPECT_FALSE(archive.isZip());
  return archive.readAll(*archive.tree().as<PickleDict>(archive.tree().root));
}

std::string refusal(const Parts& parts) {
  const auto result = test::refusalOf([&] { readAll(fileOf(parts)); });
  EXPECT_TRUE(result.kind == ErrorKind::wrongFile || result.kind == ErrorKind::unsupported) << result.message;
  return result.message;
}

TEST(TorchLegacy, ReadsTheSameModelAsTheZipFormat) {
  const std::filesystem::path legacy = CUT_LEGACY_FILE;
  const ModelFile model = readModelFile(legacy);
  EXPECT_EQ(model.kind, FileKind::legacyStateDict);
  EXPECT_EQ(model.weights, readModelFile(legacy.parent_path() / "resnet_9blocks.pth").weights);
}

TEST(TorchLegacy, ReadsASliceOfAStorage) {
  EXPECT_THAT(toFloats(readAll(fileOf(good())).at(0).second), ElementsAre(6, 7));
}

TEST(TorchLegacy, ReadsTensorsSavedBeforePyTorch04) {
  Parts parts = good();
  parts.structure = oneTensor(
      pickle::global("torch._utils", "_rebuild_tensor") +
      pickle::tuple({pickle::legacyStorage("ByteStorage", "7", 3), "K\x00"s, "K\x03\x85", "K\x01\x85"}) +
      "R");
  EXPECT_THAT(toFloats(readAll(fileOf(parts)).at(0).second), ElementsAre(5, 6, 7));
}

TEST(TorchLegacy, ReadsAStateDictSavedByPython2) {
  Parts parts = good();
  const std::string ordered = pickle::global("collections", "OrderedDict");
  const std::string tensor = pickle::global("torch._utils", "_rebuild_tensor_v2") +
                             pickle::tuple({pickle::legacyStorage("ByteStorage", "7", 3), "K\x00"s,
                                            "K\x03\x85", "K\x01\x85", "\x89", ordered + "]\x85R"}) +
                             "R";
  const std::string metadata = "}U\x09_metadata" + ordered + "](U\0}\x86"s + "e\x85Rs";
  parts.structure = pickle::whole(ordered + "]](U\x01x" + tensor + "ea\x85R" + metadata + "b");
  const StateDict dict = readAll(fileOf(parts));
  ASSERT_EQ(dict.size(), 1U);
  EXPECT_EQ(dict[0].first, "x");
  EXPECT_THAT(toFloats(dict[0].second), ElementsAre(5, 6, 7));
}

TEST(TorchLegacy, RefusesAnotherProtocolVersion) {
  Parts parts = good();
  parts.version = pickle::whole(pickle::number(1002));
  EXPECT_THAT(refusal(parts), AllOf(HasSubstr("1002"), HasSubstr("expected 1001")));
}

TEST(TorchLegacy, RefusesBigEndianFiles) {
  Parts parts = good();
  parts.machine = pickle::whole(pickle::dict({{"little_endian", "\x89"}}));
  EXPECT_THAT(refusal(parts), HasSubstr("little-endian"));
}

TEST(TorchLegacy, RefusesStoragesOfOtherLengths) {
  for (const std::int64_t length :
       {std::int64_t{-1}, std::int64_t{2}, std::int64_t{4}, std::int64_t{1} << 62}) {
    Parts parts = good();
    parts.storages = number(length) + "\x05\x06\x07";
    EXPECT_THAT(refusal(parts),
                HasSubstr(length == 2 ? "goes on after its last tensor" : "more than the file holds"));
  }
}

TEST(TorchLegacy, RefusesATensorWhoseStorageIsMissing) {
  Parts parts = good();
  parts.keys = pickle::whole("]");
  parts.storages = "";
  EXPECT_THAT(refusal(parts), HasSubstr("lacks the storage '7'"));
}

TEST(TorchLegacy, RefusesDuplicateAndUnknownStorages) {
  Parts parts = good();
  parts.keys = pickle::whole("](" + pickle::text("7") + pickle::text("7") + "e");
  parts.storages += parts.storages;
  EXPECT_THAT(refusal(parts), HasSubstr("twice"));
  parts.keys = pickle::whole("](" + pickle::text("8") + "e");
  EXPECT_THAT(refusal(parts), HasSubstr("'8'"));
}

TEST(TorchLegacy, RefusesViewsOfOtherStorages) {
  Parts parts = good();
  const std::string view = pickle::tuple({pickle::text("storage"), pickle::global("torch", "ByteStorage"),
                                          pickle::text("7"), pickle::text("cpu"), pickle::number(3), ")"}) +
                           "Q";
  parts.structure = oneTensor(pickle::tensor(view, 0, {2}, {1}));
  EXPECT_THAT(refusal(parts), HasSubstr("part of another one"));
}

TEST(TorchLegacy, RefusesATensorOutsideItsStorage) {
  Parts parts = good();
  parts.structure = oneTensor(pickle::tensor(pickle::legacyStorage("ByteStorage", "7", 3), 2, {2}, {1}));
  EXPECT_THAT(refusal(parts), HasSubstr("outside its storage"));
  parts.structure = oneTensor(pickle::tensor(pickle::legacyStorage("FloatStorage", "7", 3), 0, {3}, {1}));
  EXPECT_THAT(refusal(parts), HasSubstr("more than the file holds"));
}

TEST(TorchLegacy, ExecutesNothing) {
  const std::string call =
      pickle::whole(pickle::global("os", "system") + pickle::tuple({pickle::text("true")}) + "R");
  Parts parts = good();
  parts.version = call;
  EXPECT_THAT(refusal(parts), HasSubstr("'os.system'"));
  parts = good();
  parts.machine = call;
  EXPECT_THAT(refusal(parts), HasSubstr("little-endian"));
  parts = good();
  parts.keys = call;
  EXPECT_THAT(refusal(parts), HasSubstr("'os.system'"));
  parts = good();
  parts.structure = oneTensor(call.substr(2, call.size() - 3));
  parts.keys = pickle::whole("]");
  parts.storages = "";
  EXPECT_THAT(refusal(parts), HasSubstr("'os.system'"));
}

TEST(TorchLegacy, SkipsStoragesOfUnsupportedTypes) {
  const std::string other =
      pickle::tensor(pickle::legacyStorage("ComplexDoubleStorage", "8", 2), 0, {2}, {1});
  const auto ours = pickle::tensor(pickle::legacyStorage("ByteStorage", "7", 3), 0, {3}, {1});
  Parts parts;
  parts.structure = pickle::whole(pickle::dict({{"y", other}, {"x", ours}}));
  parts.keys = pickle::whole("](" + pickle::text("8") + pickle::text("7") + "e");
  parts.storages = number(2) + std::string(32, '\0') + number(3) + "\x05\x06\x07";
  const Bytes file = fileOf(parts);
  TorchArchive archive = TorchArchive::open(file);
  EXPECT_THAT(toFloats(archive.read(archive.tree().tensors.at(0))), ElementsAre(5, 6, 7));
}

TEST(TorchLegacy, RefusesStoragesOfUnknownTypes) {
  Parts parts = good();
  parts.structure = oneTensor(pickle::legacyStorage("WideStorage", "7", 3));
  EXPECT_THAT(refusal(parts), HasSubstr("of an unknown type"));
}

TEST(TorchLegacy, RefusesTruncationAtEveryByte) {
  const Bytes whole = fileOf(good());
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_THROW(readAll(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))), Error)
        << length;
}

TEST(TorchLegacy, SurvivesEveryFlippedBit) {
  Bytes bytes = fileOf(good());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    test::Refusal result;
    const double seconds = test::processorSecondsOf([&] {
      result = test::refusalOf([&] {
        TorchArchive archive = TorchArchive::open(bytes);
        if (const auto* dict = archive.tree().as<PickleDict>(archive.tree().root)) archive.readAll(*dict);
      });
    });
    EXPECT_LT(seconds, test::mostSeconds) << bit;
    EXPECT_TRUE(result.message == "nothing was thrown" || result.kind == ErrorKind::wrongFile ||
                result.kind == ErrorKind::unsupported)
        << bit << ": " << result.message;
    bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
  }
}

}  // namespace
}  // namespace cut
