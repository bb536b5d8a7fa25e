#include "arch/infer_spec.hpp"

#include <cmath>
#include <string>

#include "arch/candidate_specs.hpp"
#include "arch/generator_tensors.hpp"
#include "arch/parametrisation.hpp"
#include "arch/tensor_table.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut {

void checkFilters(const GeneratorSpec& spec, const StateDict& weights) {
  const TensorTable table(weights);
  forEachLayer(spec, [&](const Layer& layer) {
    const auto taps = filterTaps(layer.kind);
    if (taps.empty()) return;
    const Tensor* tensor = table.find(filterName(layer));
    if (tensor == nullptr) return;
    const std::vector<float> values = toFloats(*tensor);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!(std::abs(values[i] - taps[i % taps.size()]) < 1e-6F))
        throw Error(ErrorKind::wrongFile, "the filter '" + filterName(layer) +
                                              "' is not the reference's binomial one; other filters are not "
                                              "supported");
  });
}

void checkOutlines(const GeneratorSpec& spec, const StateDict& outlines) {
  if (const auto text = firstMisfit(expectedTensors(spec), TensorTable(outlines), spec.text()))
    throw Error(ErrorKind::wrongFile, *text);
}

void checkWeights(const GeneratorSpec& spec, const StateDict& weights) {
  checkOutlines(spec, weights);
  checkFilters(spec, weights);
}

GeneratorSpec inferSpec(const StateDict& weights) {
  GeneratorSpec spec = inferSpecOfOutlines(weights);
  checkFilters(spec, weights);
  return spec;
}

GeneratorSpec inferSpecOfOutlines(const StateDict& outlines) {
  const TensorTable table(outlines);
  GeneratorSpec nearest;
  std::size_t most = 0;
  for (const GeneratorSpec& spec : candidateSpecs(table)) {
    const auto expected = expectedTensors(spec);
    if (!firstMisfit(expected, table, {})) return spec;
    const std::size_t matches = countMatches(expected, table);
    if (matches > most) {
      most = matches;
      nearest = spec;
    }
  }
  if (most == 0)
    throw Error(ErrorKind::wrongFile,
                "holds no generator of CUT: expected a tensor 'model.1.weight' of shape (ngf, channels, 7, "
                "7) (ResNet), "
                "'model.model.0.weight' (U-Net) or 'encoder.convs.1.0.weight' (StyleGAN2)" +
                    (outlines.empty() ? std::string(" but there are no tensors at all")
                                      : "; the first tensor is '" + printable(outlines.front().first) +
                                            "' of shape " + shapeText(outlines.front().second.shape)) +
                    std::string(asTorchScript));
  const std::vector<TensorInfo> expected = expectedTensors(nearest);
  const bool isOfAnotherKind = 2 * most < expected.size();
  throw Error(ErrorKind::wrongFile,
              "fits no known network: " +
                  *firstMisfit(expected, table, "the nearest known network, " + nearest.text() + ",") +
                  (isOfAnotherKind ? std::string(asTorchScript) : ""));
}

}  // namespace cut
