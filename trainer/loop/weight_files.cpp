#include "trainer/loop/weight_files.hpp"

#include <ATen/ATen.h>

#include <system_error>

#include "cuttranslate/error.hpp"
#include "formats/native_format.hpp"
#include "formats/torch_archive.hpp"
#include "nets/weights.hpp"
#include "trainer/loop/averaged.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

fs::path fileOf(const fs::path& folder, const std::string& epoch, const char* net) {
  return folder / (epoch + "_net_" + net + ".pth");
}

std::vector<std::string> generatorNames(const nets::ResnetGenerator& generator) {
  std::vector<std::string> names;
  for (const auto& tensor : expectedTensors(generator.spec())) names.push_back(tensor.name);
  return names;
}

StateDict generatorWeights(const nets::ResnetGenerator& generator, const StateDict& average) {
  StateDict weights = nets::stateDict(generator, generatorNames(generator));
  for (auto& [name, tensor] : weights)
    if (const Tensor* averaged = find(average, name)) tensor = *averaged;
  return weights;
}

// The reference on a CPU puts "module." before every name.
StateDict plainNames(StateDict weights) {
  constexpr std::string_view prefix = "module.";
  for (auto& [name, tensor] : weights)
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  return weights;
}

void load(const fs::path& path, torch::nn::Module& module) {
  try {
    nets::loadStateDict(module, plainNames(readTensorDict(path)));
  } catch (const Error& error) {
    if (std::string(error.what()).starts_with(path.string())) throw;
    throw Error(error.kind(), path.string() + ": " + error.what());
  }
}

}  // namespace

void writeNetworks(const fs::path& folder, const std::string& epoch, const Networks& networks,
                   const StateDict& average) {
  writeStateDict(fileOf(folder, epoch, "G"), generatorWeights(*networks.generator, {}));
  writeStateDict(fileOf(folder, epoch, "D"),
                 nets::stateDict(*networks.discriminator, networks.discriminator->tensorNames()));
  writeStateDict(fileOf(folder, epoch, "F"),
                 nets::stateDict(*networks.sampler, networks.sampler->tensorNames()));
  if (!average.empty())
    writeStateDict(fileOf(folder, epoch, "G_ema"), generatorWeights(*networks.generator, average));
}

void readNetworks(const fs::path& folder, const std::string& epoch, Networks& networks,
                  const std::function<void(const std::string&)>& notice) {
  load(fileOf(folder, epoch, "G"), *networks.generator);
  const auto loadOptional = [&](const char* net, torch::nn::Module& module) {
    const fs::path path = fileOf(folder, epoch, net);
    std::error_code ignored;
    if (module.parameters().empty()) return;
    if (fs::exists(path, ignored)) return load(path, module);
    notice("there is no " + path.string() + ": this network starts from its initialisation");
  };
  loadOptional("D", *networks.discriminator);
  loadOptional("F", *networks.sampler);
}

void writeModel(const fs::path& path, const TrainOptions& options, const Networks& networks,
                const StateDict& average) {
  nets::ResnetGenerator& generator = *networks.generator;
  ModelFile model;
  model.spec = generator.spec();
  model.preprocessing.mode = options.preprocess;
  model.preprocessing.loadSize = options.loadSize;
  model.preprocessing.cropSize = options.cropSize;
  model.licence = options.licence;
  model.attribution = options.attribution;
  model.origin = options.command;
  model.weights = generatorWeights(generator, average);
  const Averaged averaged(generator, average);
  const at::NoGradGuard noGrad;
  Sample sample;
  sample.input = sampleInput(model.spec.inputChannels);
  const at::Tensor input = nets::toTorch(sample.input).to(generator.parameters().front().device());
  sample.output = nets::fromTorch(generator.forward(input));
  model.sample = std::move(sample);
  writeModelFile(path, model);
}

}  // namespace cut::trainer
