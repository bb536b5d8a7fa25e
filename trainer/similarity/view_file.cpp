// SPDX-License-Identifier: MIT
#include "trainer/similarity/view_file.hpp"

#include <algorithm>

#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"
#include "nets/state_dict.hpp"
#include "trainer/checkpoint/torch_state.hpp"
#include "trainer/options/values.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<nets::Generator> readGenerator(const fs::path& path, c10::Device device) {
  const ModelFile file = readModelFile(path);
  auto generator = nets::makeGenerator(file.spec);
  nets::loadStateDict(*generator, file.weights);
  if (generator->layerCount() == 0)
    throw Error(ErrorKind::unsupported,
                path.string() + ": a " + file.spec.name() +
                    " has no single row of layers to compare; expected a ResNet or StyleGAN2");
  generator->setWinograd(true);
  generator->to(device);
  generator->eval();
  return generator;
}

// The reference's presets, as far as the network reaches.
std::vector<std::int64_t> presetLayers(const nets::Generator& generator) {
  std::vector<std::int64_t> layers{0, 2, 4};
  if (generator.spec().architecture == "resnet") layers = {0, 4, 8, 12, 16};
  std::erase_if(layers, [&](std::int64_t layer) { return layer >= generator.layerCount(); });
  return layers;
}

// Sorted, -1 resolved, each once.
std::vector<std::int64_t> layersOf(const nets::Generator& generator, std::vector<std::int64_t> layers) {
  if (layers.empty()) return presetLayers(generator);
  const std::int64_t last = generator.layerCount() - 1;
  for (std::int64_t& layer : layers) {
    if (layer > last)
      refuse("nce_layers", generator.spec().name() + " has the layers 0 to " + std::to_string(last) +
                               " (-1 is the last one), got " + std::to_string(layer));
    if (layer < 0) layer = last;
  }
  std::sort(layers.begin(), layers.end());
  if (std::adjacent_find(layers.begin(), layers.end()) != layers.end())
    refuse("nce_layers", "each layer once", textOf(layers));
  return layers;
}

// The reference's heads have two linear layers each: mlp_0.0.weight (width, channels), mlp_0.2.weight.
struct HeadSizes {
  std::vector<std::int64_t> channels;
  std::int64_t width = 0;
};

HeadSizes headSizes(const StateDict& weights, const fs::path& path) {
  HeadSizes sizes;
  for (;;) {
    const Tensor* first = find(weights, "mlp_" + std::to_string(sizes.channels.size()) + ".0.weight");
    if (first == nullptr || first->shape.size() != 2) break;
    sizes.channels.push_back(first->shape[1]);
    sizes.width = first->shape[0];
  }
  if (sizes.channels.empty())
    throw Error(
        ErrorKind::wrongFile,
        "--netF: expected the heads of a run, such as latest_net_F.pth with mlp_0.0.weight in it, got " +
            path.string());
  return sizes;
}

std::shared_ptr<nets::PatchSampler> readHeads(const fs::path& path, const std::vector<std::int64_t>& layers,
                                              const std::vector<std::int64_t>& channels, c10::Device device) {
  const StateDict weights = plainNames(readStateDict(path));
  const HeadSizes sizes = headSizes(weights, path);
  if (sizes.channels != channels)
    throw Error(ErrorKind::invalidArgument,
                "--netF: " + path.string() + " has heads for " + std::to_string(sizes.channels.size()) +
                    " layers with " + textOf(sizes.channels) + " channels, and --nce_layers " +
                    textOf(layers) + " of this generator have " + textOf(channels) +
                    "; expected the layers that it was trained with");
  auto heads = std::make_shared<nets::PatchSampler>(channels, sizes.width, /*heads=*/true);
  try {
    nets::loadStateDict(*heads, weights);
  } catch (const Error& error) {
    throw Error(error.kind(), path.string() + ": " + error.what());
  }
  heads->to(device);
  heads->eval();
  return heads;
}

}  // namespace

ViewFile::ViewFile(const SimilarityOptions& options, c10::Device device)
    : generator_(readGenerator(options.model, device)) {
  view_.generator = generator_.get();
  view_.layers = layersOf(*generator_, options.nceLayers);
  view_.temperature = options.nceT;
  if (options.netF.empty()) return;
  heads_ = readHeads(options.netF, view_.layers, nets::encodedChannels(*generator_, view_.layers), device);
  view_.heads = heads_.get();
}

}  // namespace cut::trainer
