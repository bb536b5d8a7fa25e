#include "formats/check_model.hpp"

#include <cmath>
#include <string>
#include <string_view>

#include "arch/infer_spec.hpp"
#include "arch/int8_range_spec.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "formats/file_keys.hpp"

namespace cut {
namespace {

void checkSampleTensor(const Tensor& tensor, std::int64_t channels, const char* which) {
  constexpr std::int64_t largestSide = 512;  // engines run it when they load a model
  const auto& shape = tensor.shape;
  const bool fits = tensor.dtype == DType::float32 && shape.size() == 4 && shape[0] == 1 &&
                    shape[1] == channels && shape[2] >= 1 && shape[2] <= largestSide && shape[3] >= 1 &&
                    shape[3] <= largestSide;
  if (!fits)
    throw Error(ErrorKind::wrongFile, std::string("the sample's ") + which + " is " +
                                          std::string(nameOf(tensor.dtype)) + " of shape " +
                                          shapeText(shape) + "; expected float32 of shape (1, " +
                                          std::to_string(channels) + ", height, width), sides of 1 to " +
                                          std::to_string(largestSide));
}

void checkSample(const GeneratorSpec& spec, const Sample& sample) {
  checkSampleTensor(sample.input, spec.inputChannels, "input");
  checkSampleTensor(sample.output, spec.outputChannels, "output");
  if (sample.input.shape[2] != sample.output.shape[2] || sample.input.shape[3] != sample.output.shape[3])
    throw Error(ErrorKind::wrongFile, "the sample's input of shape " + shapeText(sample.input.shape) +
                                          " and output of shape " + shapeText(sample.output.shape) +
                                          " differ in size; expected the same height and width");
}

[[noreturn]] void failPreprocessing(std::string_view field, const std::string& found,
                                    const std::string& expected) {
  throw Error(ErrorKind::wrongFile,
              "the field '" + std::string(field) + "' of 'preprocessing' is " + found + "; expected " +
                  expected +
                  ", which is what every engine does to a frame: train or fold the weights "
                  "for that");
}

void checkPreprocessing(const Preprocessing& preprocessing) {
  const Preprocessing done;
  constexpr double tolerance = 1e-9;  // the same quotient computed elsewhere
  const auto checkNumber = [&](std::string_view field, double found, double expected, const char* name) {
    if (!(std::abs(found - expected) <= tolerance)) failPreprocessing(field, std::to_string(found), name);
  };
  if (preprocessing.channelOrder != done.channelOrder)
    failPreprocessing(keys::channelOrder, "'" + printable(preprocessing.channelOrder) + "'", "'RGB'");
  checkNumber(keys::scale, preprocessing.scale, done.scale, "1/127.5");
  checkNumber(keys::offset, preprocessing.offset, done.offset, "-1");
}

}  // namespace

void checkModelOutlines(const ModelFile& model) {
  model.spec.validate();
  if (model.spec.architecture == "torchscript")
    throw Error(
        ErrorKind::wrongFile,
        "the architecture is torchscript, a program, of which there are no weights; expected a network");
  checkPreprocessing(model.preprocessing);
  checkMeta(model.spec, model.weights);
  checkRangesMeta(model.spec, model.int8Ranges);
  if (model.sample) checkSample(model.spec, *model.sample);
}

void checkModel(const ModelFile& model) {
  checkModelOutlines(model);
  checkConstantFilters(model.spec, model.weights);
  checkRangesValues(model.int8Ranges);
}

}  // namespace cut
