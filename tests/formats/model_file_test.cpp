// SPDX-License-Identifier: MIT
// Native model files and readModelFile() with other files.
#include "cuttranslate/model_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "crafted.hpp"
#include "formats/model_writer.hpp"
#include "formats/torch_archive.hpp"
#include "formats/zip_archive.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using namespace std::string_literals;
using test::Bytes;
using testing::HasSubstr;
using testing::StartsWith;
namespace fs = std::filesystem;
namespace pickle = test::pickle;

ModelFile fullModel() {
  ModelFile model = test::tinyModel(3, 1);
  model.licence = "CC-BY-4.0";
  model.attribution = "Jürgen \"J\" O'Neill\n";
  model.origin = std::string("zero \0 inside", 13);
  model.preprocessing = {"RGB", 1 / 127.5, -1, "scale_width_and_crop", 286, 256};
  model.sample = Sample{fromFloats({1, 3, 1, 2}, {0, 1, 2, 3, 4, 5}), fromFloats({1, 1, 1, 2}, {6, 7})};
  return model;
}

test::Refusal refusal(const Bytes& bytes) {
  return test::refusalOf([&] { readModelFile(bytes); });
}

// A file whose dict has these entries.
Bytes ownWith(std::initializer_list<std::pair<std::string, std::string>> entries) {
  return test::torchArchiveOf(pickle::whole(pickle::dict(entries)));
}

const std::pair<std::string, std::string> ourFormat{"format", pickle::text("cuttranslate")};

TEST(ModelFile, RoundTripKeepsEveryField) {
  const ModelFile model = fullModel();
  const ModelFile again = readModelFile(modelFileBytes(model));
  EXPECT_EQ(again.kind, FileKind::cuttranslate);
  EXPECT_EQ(again.formatVersion, 1);
  EXPECT_EQ(again.spec, model.spec);
  EXPECT_EQ(again.weights, model.weights);
  EXPECT_EQ(again.licence, model.licence);
  EXPECT_EQ(again.attribution, model.attribution);
  EXPECT_EQ(again.origin, model.origin);
  ASSERT_TRUE(again.sample.has_value());
  EXPECT_EQ(again.sample->input, model.sample->input);
  EXPECT_EQ(again.sample->output, model.sample->output);
  EXPECT_EQ(again.preprocessing.channelOrder, "RGB");
  EXPECT_EQ(again.preprocessing.scale, 1 / 127.5);
  EXPECT_EQ(again.preprocessing.offset, -1);
  EXPECT_EQ(again.preprocessing.mode, "scale_width_and_crop");
  EXPECT_EQ(again.preprocessing.loadSize, 286);
  EXPECT_EQ(again.preprocessing.cropSize, 256);
}

StateDict someRanges(const GeneratorSpec& spec) {
  StateDict ranges;
  for (const TensorInfo& info : expectedRanges(spec))
    ranges.emplace_back(
        info.name, fromFloats(info.shape, std::vector<float>(static_cast<std::size_t>(info.shape[0]), 0.5F)));
  return ranges;
}

TEST(ModelFile, RoundTripKeepsInt8Ranges) {
  ModelFile model = fullModel();
  EXPECT_TRUE(readModelFile(modelFileBytes(model)).int8Ranges.empty());
  model.int8Ranges = someRanges(model.spec);
  EXPECT_EQ(readModelFile(modelFileBytes(model)).int8Ranges, model.int8Ranges);
}

TEST(ModelFile, Int8RangesMayCoverSomeLayers) {
  ModelFile model = fullModel();
  model.int8Ranges = someRanges(model.spec);
  model.int8Ranges.erase(model.int8Ranges.begin(), model.int8Ranges.begin() + rangesOfLayer);
  EXPECT_EQ(readModelFile(modelFileBytes(model)).int8Ranges, model.int8Ranges);
}

TEST(ModelFile, RefusesInt8RangesOfOtherLayers) {
  const auto refusalWith = [](const std::function<void(StateDict&)>& change) {
    ModelFile model = fullModel();
    model.int8Ranges = someRanges(model.spec);
    change(model.int8Ranges);
    return test::refusalOf([&] { modelFileBytes(model); }).message;
  };
  EXPECT_THAT(refusalWith([](StateDict& ranges) { ranges.pop_back(); }), HasSubstr("lack"));
  EXPECT_THAT(refusalWith([](StateDict& ranges) { ranges.emplace_back("model.0.channels", Tensor{}); }),
              HasSubstr("19 tensors, of which 18 belong"));
  EXPECT_THAT(refusalWith([](StateDict& ranges) { ranges[0].second = fromFloats({1}, {1}); }),
              HasSubstr("of shape (1,)"));
  for (const float bad : {0.0F, -1.0F, 1e30F, std::nanf("")})
    EXPECT_THAT(refusalWith([&](StateDict& ranges) {
                  ranges[2].second = fromFloats({36}, std::vector<float>(36, bad));
                }),
                HasSubstr("outside 1e-15"));
}

TEST(ExpectedRanges, CoverTheConvolutionsWithStrideOne) {
  const auto count = [](const GeneratorSpec& spec) { return expectedRanges(spec).size() / rangesOfLayer; };
  EXPECT_EQ(count({.blocks = 9}), 22U);
  EXPECT_EQ(count({.blocks = 9, .noAntialias = true}), 20U);
  EXPECT_EQ(count({.blocks = 9, .noAntialias = true, .noAntialiasUp = true}), 18U);
  EXPECT_EQ(count(generatorFromName("unet_128")), 0U);
}

TEST(ModelFile, WritingIsDeterministic) {
  EXPECT_EQ(modelFileBytes(fullModel()), modelFileBytes(fullModel()));
}

TEST(ModelFile, RoundTripKeepsWeightTypes) {
  for (const DType type : {DType::float16, DType::bfloat16, DType::float64}) {
    ModelFile model = test::tinyModel();
    for (auto& [name, tensor] : model.weights) {
      tensor.dtype = type;
      tensor.data.resize(static_cast<std::size_t>(tensor.elements()) * bytesPerElement(type));
    }
    EXPECT_EQ(readModelFile(modelFileBytes(model)).weights, model.weights);
  }
}

TEST(ModelFile, RefusesUnsupportedFormatVersions) {
  const auto result = refusal(ownWith({ourFormat, {"format_version", "K\x07"}}));
  EXPECT_EQ(result.kind, ErrorKind::unsupported);
  EXPECT_THAT(result.message, HasSubstr("unsupported format_version 7 (this build reads 1)"));
  EXPECT_EQ(refusal(ownWith({ourFormat, {"format_version", "K\0"s}})).kind, ErrorKind::wrongFile);
}

TEST(ModelFile, NamesTheKeyThatIsMissingOrOfAnotherType) {
  EXPECT_THAT(refusal(ownWith({ourFormat})).message, HasSubstr("'format_version' is missing"));
  EXPECT_THAT(refusal(ownWith({ourFormat, {"format_version", pickle::text("1")}})).message,
              HasSubstr("'format_version' is the string '1'; expected a number"));
  EXPECT_THAT(refusal(ownWith({ourFormat, {"format_version", "K\x01"}, {"spec", "]"}})).message,
              HasSubstr("'spec' is a list; expected a dict"));
  EXPECT_THAT(refusal(ownWith({ourFormat,
                               {"format_version", "K\x01"},
                               {"spec", pickle::dict({{"architecture", pickle::text("resnet")},
                                                      {"blocks", pickle::number(std::int64_t{1} << 40)}})}}))
                  .message,
              HasSubstr("'spec.blocks' is the number 1099511627776"));
}

TEST(ModelFile, AnUnknownArchitectureIsAWrongFile) {
  TorchArchiveWriter writer;
  PickleWriter& out = writer.pickle();
  const Tensor one{DType::float64, {}, Bytes(8, std::byte{1})};
  out.beginDict();
  const auto put = [&](std::string_view key, auto value) {
    out.text(key);
    if constexpr (std::is_same_v<decltype(value), int>)
      out.integer(value);
    else if constexpr (std::is_same_v<decltype(value), bool>)
      out.boolean(value);
    else
      out.text(value);
  };
  put("format", "cuttranslate");
  put("format_version", 1);
  out.text("spec");
  out.beginDict();
  put("architecture", "transformer");
  for (const char* key : {"blocks", "input_channels", "output_channels", "ngf"}) put(key, 1);
  put("norm", "instance");
  for (const char* key : {"no_antialias", "no_antialias_up", "dropout"}) put(key, false);
  out.endDict();
  out.text("preprocessing");
  out.beginDict();
  put("channel_order", "RGB");
  for (const char* key : {"scale", "offset"}) {
    out.text(key);
    writer.tensor(one);
  }
  put("mode", "");
  for (const char* key : {"load_size", "crop_size"}) put(key, 0);
  out.endDict();
  for (const char* key : {"licence", "attribution", "origin"}) put(key, "");
  out.text("sample");
  out.none();
  put("a key from the future", "ignored");
  out.text("state_dict");
  out.beginOrderedDict();
  out.endDict();
  out.endDict();
  const auto result = refusal(writer.finish());
  EXPECT_EQ(result.kind, ErrorKind::wrongFile);
  EXPECT_THAT(result.message, HasSubstr("'transformer'"));
}

TEST(ModelFile, WritingRefusesInconsistentModels) {
  ModelFile model = fullModel();
  model.weights.pop_back();
  EXPECT_THROW(modelFileBytes(model), Error);
  model = fullModel();
  model.sample->input = fromFloats({1, 3, 2, 2}, std::vector<float>(12));
  EXPECT_THAT(test::refusalOf([&] { modelFileBytes(model); }).message, HasSubstr("differ in size"));
  model.sample->input = fromFloats({1, 3, 1, 513}, std::vector<float>(3 * 513));
  EXPECT_THAT(test::refusalOf([&] { modelFileBytes(model); }).message, HasSubstr("both at most 512"));
  model.sample->input = fromFloats({1, 2, 1, 2}, std::vector<float>(4));
  EXPECT_THAT(test::refusalOf([&] { modelFileBytes(model); }).message, HasSubstr("(1, 3, height, width)"));
  model = fullModel();
  model.preprocessing.scale = 0;
  EXPECT_THAT(test::refusalOf([&] { modelFileBytes(model); }).message, HasSubstr("'scale'"));
}

// The archive with the content of one member changed.
Bytes withMember(const Bytes& bytes, const std::string& name,
                 const std::function<void(std::string&)>& change) {
  const ZipReader zip(bytes);
  std::vector<std::pair<std::string, std::string>> members;
  for (const ZipMember& member : zip.members()) {
    const Bytes content = zip.read(member);
    members.emplace_back(member.name,
                         std::string(reinterpret_cast<const char*>(content.data()), content.size()));
    if (member.name == name) change(members.back().second);
  }
  return test::archiveOf(members);
}

std::string bytesOfNumber(double value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

TEST(ModelFile, RefusesUnsupportedPreprocessing) {
  const Bytes good = modelFileBytes(fullModel());
  const auto order = [](std::string& pickle) { pickle.replace(pickle.find("RGB"), 3, "BGR"); };
  EXPECT_THAT(refusal(withMember(good, "archive/data.pkl", order)).message,
              AllOf(HasSubstr("'channel_order'"), HasSubstr("'BGR'"), HasSubstr("expected 'RGB'")));
  const auto number = [](double value) {
    return [value](std::string& content) { content = bytesOfNumber(value); };
  };
  EXPECT_THAT(refusal(withMember(good, "archive/data/0", number(1 / 255.0))).message,
              AllOf(HasSubstr("'scale'"), HasSubstr("0.0039"), HasSubstr("expected 1/127.5")));
  EXPECT_THAT(refusal(withMember(good, "archive/data/1", number(0))).message,
              AllOf(HasSubstr("'offset'"), HasSubstr("expected -1")));
  EXPECT_THAT(refusal(withMember(good, "archive/data/1", number(std::nan("")))).message, HasSubstr("nan"));
  EXPECT_NO_THROW(readModelFile(withMember(good, "archive/data/0", number(2 / 255.0))));
}

TEST(StateDictFile, StripsTheDataParallelPrefix) {
  const ModelFile model = test::tinyModel();
  StateDict wrapped = model.weights;
  for (auto& [name, tensor] : wrapped) name.insert(0, "module.");
  const ModelFile again = readModelFile(stateDictBytes(wrapped));
  EXPECT_EQ(again.kind, FileKind::stateDict);
  EXPECT_EQ(again.weights, model.weights);
  wrapped.front().first.erase(0, 7);
  EXPECT_EQ(refusal(stateDictBytes(wrapped)).kind, ErrorKind::wrongFile);
}

TEST(StateDictFile, RefusesEntriesThatAreNotTensors) {
  EXPECT_THAT(refusal(ownWith({{"epoch", "K\x05"}, {"netG", "}"}})).message, HasSubstr("'epoch'"));
  EXPECT_THAT(refusal(test::torchArchiveOf(pickle::whole("]"))).message, HasSubstr("holds a list"));
}

TEST(ReadModelFile, ErrorsBeginWithThePath) {
  test::TemporaryFolder folder;
  const fs::path path = folder.path() / "not there.pt";
  const auto result = test::refusalOf([&] { readModelFile(path); });
  EXPECT_EQ(result.kind, ErrorKind::notFound);
  EXPECT_THAT(result.message, StartsWith(path.string() + ": "));
}

TEST(ReadModelFile, NamesTheFormatOfAnUnsupportedFile) {
  const std::vector<std::pair<std::string, const char*>> files = {
      {"", "is empty"},
      {"# a recipe\n", "is a text file"},
      {"\xFF\xD8\xFF\xE0 JFIF", "JPEG"},
      {"\x89PNG\r\n\x1A\n", "PNG"},
      {"\x02\x00\x00\x00\x00\x00\x00\x00{}"s, "no tensors at all"},
      {"\x08\x08\x12\x07pytorch", "ONNX"},
      {"\x80\x02}q\x00."s, "bare Python pickle"},
      {"<!DOCTYPE html><html>", "web page"},
      {"version https://git-lfs.github.com/spec/v1\n", "Git LFS"},
      {"\x7F"
       "ELF",
       "program"},
      {"\x01\x02\x03\x04", "unknown format"},
      {"PK\x03\x04 and nothing more", "truncated or damaged"},
  };
  for (const auto& [content, expected] : files) {
    const auto result = refusal(test::bytesOf(content));
    EXPECT_EQ(result.kind, ErrorKind::wrongFile);
    EXPECT_THAT(result.message, AllOf(HasSubstr(expected), Not(HasSubstr("\n"))));
    EXPECT_THAT(result.message, AnyOf(HasSubstr("expected"), HasSubstr("get it again"))) << "what to do";
  }
}

TEST(ReadModelFile, ReadsTorchScriptOnlyWhereCodeIsAllowed) {
  const fs::path path = fs::path(CUT_SCRIPTS) / "negate.pt";
  const auto result = test::refusalOf([&] { readModelFile(path); });
  EXPECT_EQ(result.kind, ErrorKind::wrongFile);
  EXPECT_THAT(result.message, AllOf(HasSubstr("holds code"), HasSubstr("allow-code=true")));
  const ModelFile model = readModelFile(path, Code::allow);
  EXPECT_EQ(model.kind, FileKind::torchScript);
  EXPECT_EQ(model.program.size(), fs::file_size(path));
  EXPECT_EQ(model.spec.text(), "TorchScript program");
  EXPECT_THROW(modelFileBytes(model), Error);
}

TEST(ReadModelFile, ReadsWeightsWhereCodeIsAllowed) {
  test::TemporaryFolder folder;
  const fs::path path = test::writeTinyModel(folder.path());
  EXPECT_EQ(readModelFile(path, Code::allow).weights, readModelFile(path).weights);
}

TEST(ReadStateDict, ReadsEveryTensorOfAPlainDict) {
  test::TemporaryFolder folder;
  const StateDict dict = {{"a", fromFloats({2}, {1, 2})}, {"n", {DType::int64, {}, Bytes(8)}}};
  writeStateDict(folder.path() / "x.pt", dict);
  EXPECT_EQ(readStateDict(folder.path() / "x.pt"), dict);
}

}  // namespace
}  // namespace cut
