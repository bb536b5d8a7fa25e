#include "backends/cpu/int8_layers.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "backends/cpu/network.hpp"
#include "backends/cpu/session.hpp"
#include "kernels/base/cpu_features.hpp"

namespace cut::cpu {
namespace {

class Trial {
 public:
  Trial(ModelFile model, int threads, std::span<const Int8Picture> pictures)
      : model_(std::move(model)), threads_(threads), pictures_(pictures) {}

  // dB of the worst picture, of every `step`th, with int8 in the layers of these ranges.
  double worst(StateDict ranges, std::size_t step = 1) {
    model_.int8Ranges = std::move(ranges);
    // The file may be used where there is no AMX.
    const double byWinograd = worst(ResnetKernels{.amx = false}, step);
    return haveAmx() ? std::min(byWinograd, worst(ResnetKernels{}, step)) : byWinograd;
  }

  // A step that leaves about three pictures, which tell which layer costs more than another.
  std::size_t fewPictures() const { return std::max<std::size_t>(1, pictures_.size() / 3); }

 private:
  double worst(const ResnetKernels& kernels, std::size_t step) const {
    CpuNetwork network(model_, {.precision = Precision::int8, .threads = threads_}, kernels);
    double result = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < pictures_.size(); i += step) {
      const Int8Picture& picture = pictures_[i];
      std::vector<float> got(picture.exact.size());
      CpuSession(network, picture.size).translate(picture.planes, got).take();
      result = std::min(result, psnr(got, picture.exact));
    }
    return result;
  }

  ModelFile model_;
  int threads_;
  std::span<const Int8Picture> pictures_;
};

StateDict rangesOf(const StateDict& all, std::span<const std::size_t> layers) {
  StateDict some;
  for (const std::size_t layer : layers)
    some.insert(some.end(), all.begin() + static_cast<std::ptrdiff_t>(rangesOfLayer * layer),
                all.begin() + static_cast<std::ptrdiff_t>(rangesOfLayer * (layer + 1)));
  return some;
}

}  // namespace

CalibratedInt8 affordableRanges(const ModelFile& model, const StateDict& all, int threads,
                                std::span<const Int8Picture> pictures, double least) {
  Trial trial(model, threads, pictures);
  double kept = trial.worst(all);
  if (least <= 0 || kept >= least) return {all, kept};

  std::vector<std::size_t> layers(all.size() / rangesOfLayer);
  std::iota(layers.begin(), layers.end(), std::size_t{0});
  std::vector<double> alone;
  for (const std::size_t& layer : layers)
    alone.push_back(trial.worst(rangesOf(all, {&layer, 1}), trial.fewPictures()));
  std::sort(layers.begin(), layers.end(), [&](std::size_t a, std::size_t b) { return alone[a] > alone[b]; });

  const std::size_t fewest = (layers.size() + 1) / 2;
  do {
    layers.pop_back();
    kept = trial.worst(rangesOf(all, layers));
  } while (layers.size() > fewest && kept < least);
  std::sort(layers.begin(), layers.end());  // the file has them in the network's order
  return {rangesOf(all, layers), kept};
}

}  // namespace cut::cpu
