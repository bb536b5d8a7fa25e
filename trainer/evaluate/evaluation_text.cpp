// SPDX-License-Identifier: MIT
#include <cmath>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "trainer/evaluate/evaluation.hpp"

namespace cut::trainer {
namespace {

constexpr int nameWidth = 28;
constexpr int numberWidth = 14;
constexpr int transferWidth = 22;  // of the second column, whose heading is long
constexpr double maxFixed = 1e8;   // larger numbers are printed in scientific notation, to fit the column

// Distances grow with the features, whose range depends on the user's network.
std::string fixed(double number, int digits) {
  std::ostringstream text;
  if (std::abs(number) < maxFixed)
    text << std::fixed << std::setprecision(digits) << number;
  else
    text << std::setprecision(4) << number;
  return text.str();
}

class Table {
 public:
  explicit Table(std::ostream& out) : out_(out) {}

  void row(const std::string& name, const std::vector<std::string>& cells) {
    out_ << std::left << std::setw(nameWidth) << name << std::right;
    for (std::size_t i = 0; i < cells.size(); ++i)
      out_ << std::setw(i == 1 ? transferWidth : numberWidth) << cells[i];
    out_ << '\n';
  }

  template <typename Distance, typename Number>
  void row(const std::string& name, const Comparison<Distance>& comparison, int digits, Number number) {
    row(name, {fixed(number(comparison.translated), digits), fixed(number(comparison.colourTransfer), digits),
               fixed(number(comparison.untranslated), digits), fixed(number(comparison.halves), digits)});
  }

 private:
  std::ostream& out_;
};

void printDistances(const EvaluationResult& result, Table& table) {
  table.row("lower is nearer", {"G(A) to B", "colour transfer to B", "A to B", "B to B"});
  for (std::size_t i = 0; i < result.levelSides.size(); ++i)
    table.row("sliced Wasserstein, " + std::to_string(result.levelSides[i]) + " px", result.distance, 2,
              [i](const PyramidDistance& distance) { return distance.levels[i]; });
  table.row("sliced Wasserstein, mean", result.distance, 2,
            [](const PyramidDistance& distance) { return distance.mean; });
  table.row("colour, grey levels", result.distance, 2,
            [](const PyramidDistance& distance) { return distance.colour; });
  if (!result.featureScores) return;
  table.row("FID", *result.featureScores, 2, [](const FeatureScores& scores) { return scores.fid; });
  table.row("KID x 1000", *result.featureScores, 3,
            [](const FeatureScores& scores) { return 1000 * scores.kid; });
}

void printContent(const EvaluationResult& result, Table& table) {
  const auto row = [&](const std::string& name, const std::string& ideal, auto text) {
    table.row(name, {text(result.translated), text(result.colourTransfer), ideal});
  };
  table.row("what becomes of A", {"G(A)", "colour transfer to B", "A itself"});
  row("structure kept", "1.000", [](const ContentScores& scores) { return fixed(scores.structure, 3); });
  row("blotches in flat places", "0.00",
      [](const ContentScores& scores) { return scores.blotches ? fixed(*scores.blotches, 2) : "none flat"; });
  row("worst border (- is darker)", "0.00",
      [](const ContentScores& scores) { return fixed(scores.worstBorder, 2); });
}

nlohmann::ordered_json jsonOf(const ContentScores& scores) {
  nlohmann::ordered_json json{{"structure", scores.structure}};
  json["blotches"] = scores.blotches ? nlohmann::ordered_json(*scores.blotches) : nlohmann::ordered_json();
  json["worst_border"] = scores.worstBorder;
  return json;
}

nlohmann::ordered_json jsonOf(const PyramidDistance& distance, const std::vector<int>& sides) {
  nlohmann::ordered_json levels;
  for (std::size_t i = 0; i < sides.size(); ++i) levels[std::to_string(sides[i])] = distance.levels[i];
  return {{"mean", distance.mean}, {"levels", levels}, {"colour", distance.colour}};
}

nlohmann::ordered_json jsonOf(const FeatureScores& scores) {
  return {{"fid", scores.fid}, {"kid", scores.kid}, {"kid_deviation", scores.kidDeviation}};
}

}  // namespace

void printTable(const EvaluationResult& result, std::ostream& out) {
  out << result.model << ": " << result.imagesA << " images of A, " << result.imagesB << " of B, compared at "
      << result.side << "x" << result.side << '\n';
  if (!result.skipped.empty()) out << result.skipped.size() << " images could not be read and were skipped\n";
  out << '\n';
  Table table(out);
  printDistances(result, table);
  out << '\n';
  printContent(result, table);
}

void printJson(const EvaluationResult& result, std::ostream& out) {
  nlohmann::ordered_json json{{"model", result.model},
                              {"images_a", result.imagesA},
                              {"images_b", result.imagesB},
                              {"skipped", result.skipped},
                              {"side", result.side}};
  const auto& distance = result.distance;
  json["sliced_wasserstein"] = {{"translated", jsonOf(distance.translated, result.levelSides)},
                                {"colour_transfer", jsonOf(distance.colourTransfer, result.levelSides)},
                                {"untranslated", jsonOf(distance.untranslated, result.levelSides)},
                                {"halves_of_b", jsonOf(distance.halves, result.levelSides)}};
  json.update(jsonOf(result.translated));
  json["colour_transfer"] = jsonOf(result.colourTransfer);
  if (result.featureScores) {
    json["features"] = {{"network", result.features},
                        {"translated", jsonOf(result.featureScores->translated)},
                        {"colour_transfer", jsonOf(result.featureScores->colourTransfer)},
                        {"untranslated", jsonOf(result.featureScores->untranslated)},
                        {"halves_of_b", jsonOf(result.featureScores->halves)}};
  }
  // File names need not be UTF-8, which JSON requires.
  out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace cut::trainer
