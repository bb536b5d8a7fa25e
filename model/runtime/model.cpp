#include "runtime/model.hpp"

#include <cmath>
#include <cstdio>
#include <vector>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "runtime/model_stream.hpp"
#include "runtime/module_loader.hpp"

namespace cut {
namespace {

ModelInfo infoOf(const ModelFile& file) {
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : file.weights) bytes += tensor.data.size();
  return {file.spec, file.sample.has_value(), file.licence, file.attribution, file.origin, bytes};
}

void addNotice(ActiveEngine& active, const std::string& notice) {
  if (!active.notice.empty() && !notice.empty()) active.notice += ". ";
  active.notice += notice;
}

// What an output in fp32 may differ from the sample's, between machines; other precisions promise a PSNR.
constexpr double promisedDifference = 1e-3;

Verification compare(const std::vector<float>& got, const std::vector<float>& expected) {
  Verification result;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double difference = std::abs(static_cast<double>(got[i]) - expected[i]);
    // NaN must not pass for small.
    if (!(difference <= result.largestDifference)) result.largestDifference = difference;
  }
  result.psnr = psnr(got, expected);
  return result;
}

// Runs the sample. Throws mismatch where the result is further off than `precision` ("fp32", ...) promises:
// 0.001 of [-1, 1] in fp32 between machines, 38 dB of PSNR otherwise.
Verification verifySample(Stream& stream, const Sample& sample, const std::string& precision) {
  stream.configure(sample.size());
  const std::vector<float> expected = toFloats(sample.output);
  std::vector<float> got(expected.size());
  stream.translate(toFloats(sample.input), got);
  const Verification result = compare(got, expected);
  const bool exact = precision == "fp32";
  const double promised = promisedPsnr(precisionFromName(precision));
  if (exact ? result.largestDifference <= promisedDifference : result.psnr >= promised) return result;
  char asked[32] = "at most 0.001";
  if (!exact) std::snprintf(asked, sizeof asked, "at least %.0f dB", promised);
  char text[320];
  std::snprintf(
      text, sizeof text,
      "the model's sample comes out differently here: largest difference %.3g, PSNR %.1f dB; expected "
      "%s in %s; %s",
      result.largestDifference, result.psnr, asked, precision.c_str(),
      exact ? "the file is damaged or the engine is faulty"
            : "these weights do not bear this precision, or the file is damaged: precision fp32 tells");
  throw Error(ErrorKind::mismatch, text);
}

}  // namespace

Model::Model(ModelFile file, const EngineOptions& options, const std::string& notice)
    : info_(infoOf(file)), sample_(file.sample) {
  EngineModule& module = openModule(options.engine);
  worker_.run([&] { network_ = module.load(file, options).take(); });
  active_ = network_->active();
  addNotice(active_, notice);
  if (!file.key.empty())
    addNotice(active_, "the weights are what the checkpoint holds under '" + printable(file.key) + "'");
  for (const std::string& info : file.infos) addNotice(active_, info);
  if (const GeneratorSpec* found = network_->found()) info_.spec = *found;
}

Model::~Model() {
  worker_.stop([network = std::move(network_)]() mutable { network.reset(); });
}

std::unique_ptr<Stream> Model::makeStream() {
  return std::make_unique<ModelStream>(shared_from_this());
}

Verification Model::verify() {
  if (!sample_)
    throw Error(ErrorKind::unsupported,
                "the model holds no sample to verify it with; `cut-model convert` writes files that do");
  return verifySample(*makeStream(), *sample_, active_.precision);
}

}  // namespace cut
