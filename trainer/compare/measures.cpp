// SPDX-License-Identifier: MIT
#include "trainer/compare/measures.hpp"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

namespace cut::trainer {
namespace {

using nlohmann::json;

struct Source {
  const char* name;
  const char* note;
  bool lowerIsBetter;
  const char* group;  // with translated, untranslated and halves_of_b; null: the key is the value
  const char* key;
  double scale = 1;
  std::optional<double> untouched = {};  // what A itself has, where there is no group
};

const std::array<Source, 6>& sources() {
  static const std::array<Source, 6> all{{
      {"sliced Wasserstein", "distance of G(A) and B, mean over pyramid levels, x 1000", true,
       "sliced_wasserstein", "mean"},
      {"colour", "distance of their colours, in grey levels", true, "sliced_wasserstein", "colour"},
      {"FID", "over the features of the network that was named", true, "features", "fid"},
      {"KID", "over the same features, x 1000", true, "features", "kid", 1000},
      {"structure kept", "similarity of A and G(A) without their brightness, 1 is all", false, nullptr,
       "structure", 1, 1.0},
      {"blotches", "grey levels that G(A) varies by where A is flat", true, nullptr, "blotches", 1, 0.0},
  }};
  return all;
}

std::optional<double> numberAt(const json& object, const char* key, double scale) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return {};
  return scale * found->get<double>();
}

std::optional<double> valueOf(const json& evaluation, const Source& source, const char* pair) {
  if (source.group == nullptr) return numberAt(evaluation, source.key, source.scale);
  const auto group = evaluation.find(source.group);
  if (group == evaluation.end()) return {};
  return numberAt(group->at(pair), source.key, source.scale);
}

}  // namespace

std::vector<ComparisonMeasure> measuresOf(const json& evaluation) {
  std::vector<ComparisonMeasure> measures;
  for (const Source& source : sources()) {
    if (!valueOf(evaluation, source, "translated")) continue;
    const bool grouped = source.group != nullptr;
    measures.push_back(
        {.name = source.name,
         .note = source.note,
         .lowerIsBetter = source.lowerIsBetter,
         .untranslated = grouped ? valueOf(evaluation, source, "untranslated") : source.untouched,
         .halves = grouped ? valueOf(evaluation, source, "halves_of_b") : std::nullopt});
  }
  return measures;
}

std::vector<double> valuesOf(const json& evaluation, const std::vector<ComparisonMeasure>& measures) {
  std::vector<double> values;
  for (const ComparisonMeasure& measure : measures)
    for (const Source& source : sources())
      if (measure.name == source.name)
        values.push_back(valueOf(evaluation, source, "translated").value_or(std::nan("")));
  return values;
}

}  // namespace cut::trainer
