#include "trainer/report/curves.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "trainer/report/json_text.hpp"
#include "trainer/report/numbers.hpp"

namespace cut::trainer {
namespace {

constexpr int digits = 5;

// A JSON array of what `textOf` says of each element.
template <typename Elements, typename TextOf>
std::string array(const Elements& elements, TextOf textOf) {
  std::string text = "[";
  for (const auto& element : elements) (text += text.size() > 1 ? "," : "") += textOf(element);
  return text + "]";
}

}  // namespace

void Curves::Cell::add(double value) {
  if (!std::isfinite(value)) return;
  sum += value;
  low = std::min(low, static_cast<float>(value));
  high = std::max(high, static_cast<float>(value));
  ++count;
}

void Curves::Cell::add(const Cell& other) {
  sum += other.sum;
  low = std::min(low, other.low);
  high = std::max(high, other.high);
  count += other.count;
}

void Curves::add(std::int64_t step, const std::vector<std::pair<std::string, double>>& values) {
  if (names_.empty())
    for (const auto& value : values) names_.push_back(value.first);
  if (points_.empty() || points_.back().steps >= stepsPerPoint_) {
    if (points_.size() >= limit_) halve();
    if (points_.empty() || points_.back().steps >= stepsPerPoint_)
      points_.push_back({.cells = std::vector<Cell>(names_.size())});
  }
  Point& point = points_.back();
  point.lastStep = step;
  ++point.steps;
  for (std::size_t i = 0; i < std::min(values.size(), names_.size()); ++i)
    point.cells[i].add(values[i].second);
}

void Curves::halve() {
  for (std::size_t i = 0; i < points_.size(); i += 2) {
    Point merged = std::move(points_[i]);
    if (i + 1 < points_.size()) {
      const Point& next = points_[i + 1];
      merged.lastStep = next.lastStep;
      merged.steps += next.steps;
      for (std::size_t k = 0; k < merged.cells.size(); ++k) merged.cells[k].add(next.cells[k]);
    }
    points_[i / 2] = std::move(merged);
  }
  points_.resize((points_.size() + 1) / 2);
  stepsPerPoint_ *= 2;
}

std::string Curves::json() const {
  std::string curves;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto list = [this, i](auto valueOf) {
      return array(points_, [i, valueOf](const Point& point) {
        return point.cells[i].count == 0 ? "null" : roughly(valueOf(point.cells[i]), digits);
      });
    };
    curves += (i > 0 ? ",{\"name\":" : "{\"name\":") + jsonText(names_[i]) + ",\"mean\":" +
              list([](const Cell& cell) { return cell.sum / static_cast<double>(cell.count); });
    if (stepsPerPoint_ > 1)
      curves += ",\"low\":" + list([](const Cell& cell) { return static_cast<double>(cell.low); }) +
                ",\"high\":" + list([](const Cell& cell) { return static_cast<double>(cell.high); });
    curves += "}";
  }
  return "{\"stepsPerPoint\":" + std::to_string(stepsPerPoint_) +
         ",\"steps\":" + array(points_, [](const Point& point) { return std::to_string(point.lastStep); }) +
         ",\"curves\":[" + curves + "]}";
}

}  // namespace cut::trainer
