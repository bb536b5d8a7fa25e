#include "arch/candidate_specs.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "arch/generator_layers.hpp"

namespace cut {
namespace {

// A side of a tensor as a field of a spec; the default where it is absent or out of range, so that the
// comparison then names that tensor.
int sideOr(const Tensor* tensor, std::size_t axis, int highest, int otherwise) {
  if (tensor == nullptr || tensor->shape.size() != 4) return otherwise;
  const std::int64_t side = tensor->shape[axis];
  return side >= 1 && side <= highest ? static_cast<int>(side) : otherwise;
}

// "model.12.conv_block.1.weight" counts for block 12.
int countBlocks(const StateDict& weights) {
  std::set<std::string_view> blocks;
  for (const auto& [name, tensor] : weights) {
    const std::size_t end = name.find(".conv_block.");
    if (end != std::string::npos) blocks.insert(std::string_view(name).substr(0, end));
  }
  return static_cast<int>(std::min<std::size_t>(blocks.size(), 1000));
}

std::string lastConvolutionName(const GeneratorSpec& spec) {
  std::string name;
  forEachLayer(spec, [&](const Layer& layer) { name = layer.name; });
  return name;
}

void addResnets(const TensorTable& table, std::vector<GeneratorSpec>& all) {
  GeneratorSpec base;
  const Tensor* first = table.find("model.1.weight");
  base.ngf = sideOr(first, 0, 1024, base.ngf);
  base.inputChannels = sideOr(first, 1, 4, base.inputChannels);
  const int blocks = countBlocks(table.weights());
  if (blocks >= 1 && blocks <= 64) base.blocks = blocks;
  for (const Norm norm : {Norm::instance, Norm::batch, Norm::none})
    for (int flags = 0; flags < 8; ++flags) {
      GeneratorSpec spec = base;
      spec.norm = norm;
      spec.noAntialias = (flags & 1) != 0;
      spec.noAntialiasUp = (flags & 2) != 0;
      spec.dropout = (flags & 4) != 0;
      const Tensor* last = table.find(lastConvolutionName(spec) + ".weight");
      spec.outputChannels = sideOr(last, 0, 4, spec.outputChannels);
      all.push_back(spec);
    }
}

// "model.model.1.model.3.model.1.weight" and so on: one convolution for each level.
int countLevels(const TensorTable& table) {
  int levels = 1;
  std::string prefix = "model.model.1.model.";
  for (; levels <= 10 && table.find(prefix + "1.weight") != nullptr; ++levels) prefix += "3.model.";
  return levels;
}

void addUnets(const TensorTable& table, std::vector<GeneratorSpec>& all) {
  GeneratorSpec base = generatorFromName("unet_256");
  const Tensor* first = table.find("model.model.0.weight");
  base.ngf = sideOr(first, 0, 1024, base.ngf);
  base.inputChannels = sideOr(first, 1, 4, base.inputChannels);
  base.outputChannels = sideOr(table.find("model.model.3.weight"), 1, 4, base.outputChannels);
  const int levels = countLevels(table);
  if (levels >= 5 && levels <= 10) base.downs = levels;
  for (const Norm norm : {Norm::batch, Norm::instance, Norm::none}) {
    base.norm = norm;
    all.push_back(base);
  }
}

int countDowns(const TensorTable& table) {
  int downs = 0;
  while (downs < 8 && table.find("encoder.convs." + std::to_string(2 + downs) + ".skip.1.weight") != nullptr)
    ++downs;
  return std::max(downs, 1);
}

// The channels follow from ngf * 512 / resolution alone, so that several pairs give one network. The first
// one here is taken: SinCUT's patches of 64 pixels, then the default of the other models.
void addStyleGans(const TensorTable& table, std::vector<GeneratorSpec>& all) {
  constexpr std::array resolutions{64, 256, 128, 512, 1024, 32, 16, 8};
  const Tensor* first = table.find("encoder.convs.1.0.weight");
  const int channels = sideOr(first, 0, 8192, 128);
  const int downs = countDowns(table);
  const bool small = table.find("decoder.convs.3.conv1.0.weight") == nullptr &&
                     table.find("decoder.convs.1.conv1.0.weight") == nullptr;
  for (const int resolution : resolutions)
    for (const int more : {0, 1, -1}) {  // where a half was rounded
      GeneratorSpec spec = generatorFromName(small ? "smallstylegan2" : "stylegan2");
      spec.resolution = resolution;
      spec.downs = downs;
      spec.ngf = channels * resolution / 512 + more;
      if (resolution >= 4 << downs && spec.ngf >= 1 && spec.ngf <= 1024 &&
          styleGanChannels(spec, 0) == channels)
        all.push_back(spec);
    }
  if (all.empty()) all.push_back(generatorFromName(small ? "smallstylegan2" : "stylegan2"));
}

}  // namespace

std::vector<GeneratorSpec> candidateSpecs(const TensorTable& table) {
  std::vector<GeneratorSpec> all;
  if (table.find("encoder.convs.1.0.weight") != nullptr) addStyleGans(table, all);
  if (table.find("model.model.0.weight") != nullptr) addUnets(table, all);
  if (all.empty()) addResnets(table, all);
  return all;
}

}  // namespace cut
