#include "cpu/int8_layers.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "cpu/network.hpp"
#include "cpu/session.hpp"

namespace cut::cpu {
namespace {

struct Picture {
  Size size;
  std::vector<float> planes;
  std::vector<float> exact;  // its translation in fp32
};

std::vector<float> planesOf(const ImageView& frame) {
  const std::int64_t area = std::int64_t{frame.width} * frame.height;
  std::vector<float> planes(static_cast<std::size_t>(area * frame.layout.channels));
  unpack(frame, {planes.data(), area, frame.width, 1}, {frame.width, frame.height});
  return planes;
}

std::vector<float> translated(CpuNetwork& network, const Picture& picture) {
  const auto area =
      static_cast<std::size_t>(picture.size.width) * static_cast<std::size_t>(picture.size.height);
  std::vector<float> out(area * static_cast<std::size_t>(network.spec().outputChannels));
  CpuSession(network, picture.size).translate(picture.planes, out).take();
  return out;
}

class Trial {
 public:
  Trial(const ModelFile& model, int threads, std::span<const ImageView> frames)
      : model_(model), threads_(threads) {
    for (const ImageView& frame : frames)
      pictures_.push_back({{frame.width, frame.height}, planesOf(frame), {}});
    if (model.sample) {
      const auto& shape = model.sample->input.shape;  // (1, C, H, W)
      pictures_.push_back(
          {{static_cast<int>(shape[3]), static_cast<int>(shape[2])}, toFloats(model.sample->input), {}});
    }
    CpuNetwork exact(model_, {.precision = Precision::fp32, .threads = threads_});
    for (Picture& picture : pictures_) picture.exact = translated(exact, picture);
  }

  // dB of the worst picture, of every `step`th, with int8 in the layers of these ranges.
  double worst(StateDict ranges, std::size_t step = 1) {
    model_.int8Ranges = std::move(ranges);
    CpuNetwork network(model_, {.precision = Precision::int8, .threads = threads_});
    double result = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < pictures_.size(); i += step)
      result = std::min(result, psnr(translated(network, pictures_[i]), pictures_[i].exact));
    return result;
  }

  // A step that leaves about three pictures, which tell which layer costs more than another.
  std::size_t fewPictures() const { return std::max<std::size_t>(1, pictures_.size() / 3); }

 private:
  ModelFile model_;
  int threads_;
  std::vector<Picture> pictures_;
};

// Two tensors each.
StateDict rangesOf(const StateDict& all, std::span<const std::size_t> layers) {
  StateDict some;
  for (const std::size_t layer : layers)
    some.insert(some.end(), all.begin() + static_cast<std::ptrdiff_t>(2 * layer),
                all.begin() + static_cast<std::ptrdiff_t>(2 * layer + 2));
  return some;
}

}  // namespace

StateDict affordableRanges(const ModelFile& model, int threads, std::span<const ImageView> frames,
                           double least) {
  Trial trial(model, threads, frames);
  const StateDict& all = model.int8Ranges;
  if (trial.worst(all) >= least) return all;

  std::vector<std::size_t> layers(all.size() / 2);
  std::iota(layers.begin(), layers.end(), std::size_t{0});
  std::vector<double> alone;
  for (const std::size_t& layer : layers)
    alone.push_back(trial.worst(rangesOf(all, {&layer, 1}), trial.fewPictures()));
  std::sort(layers.begin(), layers.end(), [&](std::size_t a, std::size_t b) { return alone[a] > alone[b]; });

  const std::size_t fewest = (layers.size() + 1) / 2;
  do layers.pop_back();
  while (layers.size() > fewest && trial.worst(rangesOf(all, layers)) < least);
  std::sort(layers.begin(), layers.end());  // the file has them in the network's order
  return rangesOf(all, layers);
}

}  // namespace cut::cpu
