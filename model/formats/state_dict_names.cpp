#include "formats/state_dict_names.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace cut {
namespace {

// What DataParallel (which the reference's checkpoints from a CPU carry) and torch.compile put before all
// names.
std::string stripWrappers(StateDict& weights) {
  std::string front;
  constexpr std::array<std::string_view, 2> wrappers{"module.", "_orig_mod."};
  for (bool again = !weights.empty(); again;) {
    again = false;
    for (const std::string_view prefix : wrappers)
      if (std::all_of(weights.begin(), weights.end(),
                      [&](const auto& entry) { return entry.first.starts_with(prefix); })) {
        for (auto& [name, tensor] : weights) name.erase(0, prefix.size());
        front += prefix;
        again = true;
      }
  }
  return front;
}

// The layer of a running statistic; empty for any other tensor.
std::string_view layerOfStatistic(std::string_view name) {
  constexpr std::array<std::string_view, 3> leaves{".running_mean", ".running_var", ".num_batches_tracked"};
  for (const std::string_view leaf : leaves)
    if (name.ends_with(leaf)) return name.substr(0, name.size() - leaf.size());
  return {};
}

// A batch norm has a weight; what keeps statistics without one is an instance norm.
void dropInstanceStatistics(StateDict& weights) {
  std::set<std::string, std::less<>> weighted;
  for (const auto& [name, tensor] : weights)
    if (name.ends_with(".weight")) weighted.insert(name.substr(0, name.size() - 7));
  std::erase_if(weights, [&](const auto& entry) {
    const std::string_view layer = layerOfStatistic(entry.first);
    return !layer.empty() && !weighted.contains(layer);
  });
}

}  // namespace

std::string tidyNames(StateDict& weights) {
  std::string front = stripWrappers(weights);
  dropInstanceStatistics(weights);
  return front;
}

}  // namespace cut
