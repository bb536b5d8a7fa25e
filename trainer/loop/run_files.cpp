// SPDX-License-Identifier: MIT
#include "trainer/loop/run_files.hpp"

#include <ATen/ATen.h>

#include <span>
#include <system_error>

#include "base/atomic_file.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"
#include "nets/padding.hpp"
#include "nets/state_dict.hpp"
#include "trainer/checkpoint/torch_state.hpp"
#include "trainer/methods/moving_average.hpp"
#include "trainer/options/configuration.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

fs::path fileOf(const fs::path& folder, const std::string& epoch, const std::string& network) {
  return folder / (epoch + "_net_" + network + ".pth");
}

std::vector<std::string> generatorNames(const nets::Generator& generator) {
  std::vector<std::string> names;
  for (const auto& tensor : expectedTensors(generator.spec())) names.push_back(tensor.name);
  return names;
}

StateDict generatorWeights(const nets::Generator& generator, const StateDict& average) {
  StateDict weights = nets::stateDict(generator, generatorNames(generator));
  for (auto& [name, tensor] : weights)
    if (const Tensor* averaged = find(average, name)) tensor = *averaged;
  return weights;
}

void load(const fs::path& path, torch::nn::Module& module) {
  try {
    nets::loadStateDict(module, plainNames(readStateDict(path)));
  } catch (const Error& error) {
    if (std::string(error.what()).starts_with(path.string())) throw;
    throw Error(error.kind(), path.string() + ": " + error.what());
  }
}

}  // namespace

fs::path checkpointFile(const TrainOptions& options) {
  return options.folder() / "checkpoint.pt";
}

fs::path optionsFile(const TrainOptions& options) {
  return options.folder() / "options.toml";
}

void writeOptions(const TrainOptions& options) {
  TrainOptions fresh = options;
  fresh.continueTrain = false;
  const std::string text = configText(fresh);
  writeFileAtomically(optionsFile(options), std::as_bytes(std::span(text)));
}

std::optional<Checkpoint> findCheckpoint(const TrainOptions& options) {
  std::error_code ignored;
  if (!options.continueTrain || !options.pretrainedName.empty() || options.epoch != "latest" ||
      !fs::exists(checkpointFile(options), ignored))
    return std::nullopt;
  return readCheckpoint(checkpointFile(options));
}

void writeNetworks(const fs::path& folder, const std::string& epoch, const Method& method,
                   const StateDict& average) {
  for (const NamedNetwork& network : method.networks())
    writeStateDict(fileOf(folder, epoch, network.name), nets::stateDict(*network.module, network.stateKeys));
  if (!average.empty())
    writeStateDict(fileOf(folder, epoch, method.nameOf(method.generator()) + "_ema"),
                   generatorWeights(method.generator(), average));
}

fs::path generatorFile(const fs::path& folder, const std::string& epoch, const Method& method) {
  return fileOf(folder, epoch, method.nameOf(method.generator()));
}

void readNetworks(const fs::path& folder, const std::string& epoch, const Method& method,
                  const std::function<void(const std::string&)>& notice) {
  for (const NamedNetwork& network : method.networks()) {
    const fs::path path = fileOf(folder, epoch, network.name);
    std::error_code ignored;
    if (network.module->parameters().empty()) continue;
    if (network.module == &method.generator() || fs::exists(path, ignored))
      load(path, *network.module);
    else
      notice("there is no " + path.string() + ": this network starts from its initialisation");
  }
}

void writeModel(const fs::path& path, const TrainOptions& options, nets::Generator& generator,
                const StateDict& average) {
  ModelFile model;
  model.spec = generator.spec();
  model.preprocessing.mode = options.preprocess.text();
  model.preprocessing.loadSize = options.loadSize;
  model.preprocessing.cropSize = options.cropSize;
  model.licence = options.licence;
  model.attribution = options.attribution;
  model.origin = options.command;
  model.weights = generatorWeights(generator, average);
  const EmaScope ema(generator, average);
  const at::NoGradGuard noGrad;
  Sample sample;
  sample.input = sampleInput(model.spec.inputChannels);
  const at::Tensor input = nets::toTorch(sample.input).to(generator.parameters().front().device());
  const at::Tensor output = generator.forward(nets::reflectToMultiple(input, model.spec.sizeMultiple()));
  sample.output = nets::fromTorch(output.slice(2, 0, input.size(2)).slice(3, 0, input.size(3)));
  model.sample = std::move(sample);
  writeModelFile(path, model);
}

}  // namespace cut::trainer
