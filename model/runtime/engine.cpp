// SPDX-License-Identifier: MIT
// The functions of <cuttranslate/engine.hpp>: options, opening a shared model, int8 calibration.
#include "cuttranslate/engine.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/tensor_checks.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"
#include "cuttranslate/version.hpp"
#include "runtime/model.hpp"
#include "runtime/model_registry.hpp"
#include "runtime/module_loader.hpp"
#include "runtime/resolve_options.hpp"

namespace cut {
namespace {

struct PrecisionName {
  Precision precision;
  std::string_view name;
};

constexpr std::array<PrecisionName, 6> precisionNames{{{Precision::automatic, "auto"},
                                                       {Precision::fp32, "fp32"},
                                                       {Precision::tf32, "tf32"},
                                                       {Precision::fp16, "fp16"},
                                                       {Precision::bf16, "bf16"},
                                                       {Precision::int8, "int8"}}};

bool isModuleName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool isDevice(std::string_view device) {
  if (device == "auto" || device == "cpu" || device == "cuda") return true;
  constexpr std::string_view prefix = "cuda:";
  if (!device.starts_with(prefix)) return false;
  const std::string_view number = device.substr(prefix.size());
  return !number.empty() && number.size() <= 3 &&
         std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

EngineOptions resolved(EngineOptions options) {
  options.validate();
  options.threads = usableThreads(options.threads);
  return options;
}

// Weights of a training that diverged would otherwise fail at the first frame, or not at all: some kernels do
// not propagate NaN.
ModelFile readFiniteModel(const std::filesystem::path& path, Code code) {
  ModelFile file = readModelFile(path, code);
  if (const std::string* name = firstNonFinite(file.weights))
    throw Error(ErrorKind::wrongFile, path.string() + ": '" + printable(*name) +
                                          "' holds NaN or infinite numbers; expected finite ones: such "
                                          "weights give no picture. A training that diverged writes them: "
                                          "use an earlier checkpoint");
  return file;
}

}  // namespace

const char* version() noexcept {
  return CUT_VERSION;
}

std::string_view nameOf(Precision precision) noexcept {
  for (const auto& entry : precisionNames)
    if (entry.precision == precision) return entry.name;
  return "unknown";
}

Precision precisionFromName(std::string_view name) {
  for (const auto& entry : precisionNames)
    if (entry.name == name) return entry.precision;
  throw Error(ErrorKind::invalidArgument, "precision \"" + std::string(name) +
                                              "\" is unknown; expected auto, fp32, tf32, fp16, bf16 or int8");
}

void EngineOptions::validate() const {
  if (!isModuleName(engine))
    throw Error(ErrorKind::invalidArgument,
                "engine \"" + engine + "\" is unknown; expected auto, cpu or torch");
  if (!isDevice(device))
    throw Error(ErrorKind::invalidArgument,
                "device \"" + device + "\" is unknown; expected auto, cpu, cuda or cuda:N (N from 0)");
  if (threads < 0 || threads > 1024)
    throw Error(ErrorKind::invalidArgument, "threads is " + std::to_string(threads) +
                                                "; expected 0 (as many as the process may use) to 1024");
}

double psnr(std::span<const float> got, std::span<const float> expected) {
  double squares = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double difference = static_cast<double>(got[i]) - expected[i];
    squares += difference * difference;
  }
  if (squares == 0) return std::numeric_limits<double>::infinity();
  return squares > 0 ? 10 * std::log10(4 * static_cast<double>(got.size()) / squares) : 0;
}

std::shared_ptr<SharedModel> SharedModel::open(const std::filesystem::path& path,
                                               const EngineOptions& options) {
  EngineOptions wanted = resolved(options);
  const std::vector<std::string> engines = engineChoices(wanted);
  const Code code = options.allowCode ? Code::allow : Code::refuse;
  std::string refusals;
  const auto openWith = [&](const std::string& engine) {
    wanted.engine = engine;
    return ModelRegistry::instance().get(path, wanted, [&] {
      return std::make_shared<Model>(readFiniteModel(path, code), wanted,
                                     refusals.empty() ? "" : "engine " + engine + " is taken: " + refusals);
    });
  };
  // Another engine may support what this one does not. Any other error would be the same there.
  for (const std::string& engine : engines) {
    try {
      return openWith(engine);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) throw;
      refusals += (refusals.empty() ? "" : ". ") + std::string(error.what());
    }
  }
  if (options.engine == "auto" && !moduleInstalled("torch"))
    refusals += ". Engine module torch is not installed: pipelines/build.sh builds it, with LibTorch";
  throw Error(ErrorKind::unsupported, refusals);
}

CalibratedInt8 calibrateInt8(const ModelFile& model, int threads, std::span<const ImageView> frames,
                             double minPsnr) {
  EngineOptions{.threads = threads}.validate();
  if (frames.empty())
    throw Error(ErrorKind::invalidArgument,
                "int8 cannot be calibrated without frames; expected a few real ones");
  for (const ImageView& frame : frames)
    if (frame.layout.channels != model.spec.inputChannels || frame.width < 1 || frame.height < 1)
      throw Error(ErrorKind::invalidArgument,
                  "a frame of " + std::to_string(frame.width) + "x" + std::to_string(frame.height) +
                      " with " + std::to_string(frame.layout.channels) +
                      " channels cannot calibrate a model of " + std::to_string(model.spec.inputChannels));
  return openModule("cpu").calibrateInt8(model, usableThreads(threads), frames, minPsnr).take();
}

}  // namespace cut
