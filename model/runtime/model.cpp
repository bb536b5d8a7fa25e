// SPDX-License-Identifier: MIT
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

// In fp32, of outputs in [-1, 1], between machines. Other precisions promise a PSNR.
constexpr double maxDifferenceFp32 = 1e-3;

Verification compare(const std::vector<float>& got, const std::vector<float>& expected) {
  Verification result;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double difference = std::abs(static_cast<double>(got[i]) - expected[i]);
    // Negated, so that NaN counts as a difference.
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
  if (exact ? result.largestDifference <= maxDifferenceFp32 : result.psnr >= promised) return result;
  char asked[32] = "at most 0.001";
  if (!exact) std::snprintf(asked, sizeof asked, "at least %.0f dB", promised);
  char text[320];
  std::snprintf(
      text, sizeof text,
      "the model's sample output is not reproduced: largest difference %.3g, PSNR %.1f dB; expected "
      "%s in %s; %s",
      result.largestDifference, result.psnr, asked, precision.c_str(),
      exact ? "the file is damaged or the engine is faulty"
            : "these weights lose too much in this precision, or the file is damaged: try precision fp32");
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
    addNotice(active_, "the weights are those under key '" + printable(file.key) + "' of the checkpoint");
  for (const std::string& info : file.infos) addNotice(active_, info);
  if (const GeneratorSpec* probed = network_->probedSpec()) info_.spec = *probed;
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
