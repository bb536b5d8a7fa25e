// SPDX-License-Identifier: MIT
#include "trainer/report/comparison_page.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/text.hpp"
#include "page_template.hpp"
#include "trainer/report/encoding.hpp"
#include "trainer/report/page_parts.hpp"

namespace cut::trainer {
namespace {

using nlohmann::json;

constexpr std::size_t longestTitle = 400;
constexpr int longestSide = 512;  // of a picture; larger ones are downscaled

json orNull(const std::optional<double>& value) {
  return value ? json(*value) : json();
}

json measureData(const ComparisonMeasure& measure) {
  return {{"name", measure.name},
          {"note", measure.note},
          {"lowerIsBetter", measure.lowerIsBetter},
          {"untranslated", orNull(measure.untranslated)},
          {"halves", orNull(measure.halves)}};
}

json methodData(const ComparisonMethod& method) {
  json points = json::array();  // NaN becomes null
  for (const auto& [at, values] : method.points) points.push_back({{"at", at}, {"values", values}});
  return {{"name", method.name},
          {"state", method.state},
          {"network", method.network},
          {"steps", method.steps},
          {"images", method.images},
          {"secondsPerStep", method.secondsPerStep},
          {"peakBytes", method.peakBytes},
          {"parameters", method.parameters},
          {"generatorParameters", method.generatorParameters},
          {"points", points}};
}

json comparisonData(const ComparisonReport& report) {
  json measures = json::array();
  for (const ComparisonMeasure& measure : report.measures) measures.push_back(measureData(measure));
  json methods = json::array();
  for (const ComparisonMethod& method : report.methods) methods.push_back(methodData(method));
  return {{"summary", report.summary}, {"axisIsTime", report.axisIsTime},   {"measures", measures},
          {"methods", methods},        {"differences", report.differences}, {"common", report.common},
          {"written", report.written}};
}

std::string pictureData(const std::vector<PictureRow>& pictures) {
  std::map<std::int64_t, std::string> images;
  json rows = json::array();
  for (const PictureRow& row : pictures) {
    json cells = json::array();
    for (const auto& [label, picture] : row.pictures) {
      const auto number = static_cast<std::int64_t>(images.size()) + 1;
      images.emplace(number, encodeWebp(picture, longestSide));
      cells.push_back({label, number});
    }
    rows.push_back({{"name", row.name}, {"cells", cells}});
  }
  return R"({"images":)" + picturesJson(images) + R"(,"rows":)" + jsonText(rows) + "}";
}

}  // namespace

std::string comparisonPageText(const ComparisonReport& report) {
  return filledTemplate(page::comparisonHtml, [&](std::string_view name) -> std::string {
    if (name == "title") return htmlText(printable(report.title, longestTitle));
    if (name == "style") return std::string(page::style) + std::string(page::comparisonStyle);
    if (name == "script") return std::string(page::chartScript) + std::string(page::comparisonScript);
    if (name == "comparison") return jsonText(comparisonData(report));
    return pictureData(report.pictures);
  });
}

}  // namespace cut::trainer
