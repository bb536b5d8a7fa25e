#include "backends/cpu/unet_weights.hpp"

#include "backends/cpu/folded_layers.hpp"

namespace cut::cpu {

UnetWeights::UnetWeights(const ModelFile& model, ParallelFor parallelFor) : spec(model.spec) {
  const auto count = static_cast<std::size_t>(spec.downs);
  down.resize(count);
  up.resize(count);
  std::size_t index = 0;
  forEachFoldedLayer(model, [&](const FoldedLayer& layer) {
    const std::size_t i = index++;
    if (i < count) {
      down[i] = packDirect(layer, {.channels = layer.inputs, .dense = i == 0}, parallelFor);
      return;
    }
    const std::size_t level = 2 * count - 1 - i;
    const InputLayout inputs{.channels = layer.inputs, .maps = level == count - 1 ? 1 : 2};
    if (level == 0) {
      last = packTaps(layer, inputs);
      lastBias = layer.bias;
      return;
    }
    for (int phase = 0; phase < 4; ++phase)
      up[level][static_cast<std::size_t>(phase)] =
          packPhase(layer, inputs, phase / 2, phase % 2, parallelFor);
  });
}

}  // namespace cut::cpu
