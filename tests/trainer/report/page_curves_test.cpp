// SPDX-License-Identifier: MIT
#include "trainer/report/page.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace cut::trainer {
namespace {

using nlohmann::json;

TEST(Curves, ShortRunKeepsEveryStep) {
  Curves curves(8);
  for (int step = 1; step <= 3; ++step) curves.add(step, {{"G", step * 0.5}, {"D", 1}});
  EXPECT_EQ(json::parse(curves.json()), json::parse(R"({"stepsPerPoint": 1, "steps": [1, 2, 3], "curves": [
    {"name": "G", "mean": [0.5, 1, 1.5]}, {"name": "D", "mean": [1, 1, 1]}]})"));
}

TEST(Curves, NeighbouringStepsMergeIntoMeanLowAndHigh) {
  Curves curves(4);
  for (int step = 1; step <= 6; ++step) curves.add(step, {{"G", step}});
  EXPECT_EQ(json::parse(curves.json()), json::parse(R"({"stepsPerPoint": 2, "steps": [2, 4, 6], "curves": [
    {"name": "G", "mean": [1.5, 3.5, 5.5], "low": [1, 3, 5], "high": [2, 4, 6]}]})"));
}

TEST(Curves, MillionStepsStayBoundedAndKeepTheirMean) {
  Curves curves(100);
  constexpr int steps = 1'000'000;
  for (int step = 1; step <= steps; ++step) curves.add(step, {{"G", step % 2}});
  const json all = json::parse(curves.json());
  const json& mean = all["curves"][0]["mean"];
  EXPECT_GE(mean.size(), 50U);
  EXPECT_LE(mean.size(), 100U);
  EXPECT_EQ(all["steps"].back(), steps);
  for (const json& value : mean) EXPECT_NEAR(value.get<double>(), 0.5, 1e-3);
  EXPECT_LT(curves.json().size(), 10'000U);
}

TEST(Curves, NonFiniteValuesBecomeNull) {
  Curves curves(2);
  curves.add(1, {{"G", std::nan("")}});
  curves.add(2, {{"G", std::numeric_limits<double>::infinity()}});
  EXPECT_EQ(json::parse(curves.json())["curves"][0]["mean"], json::parse("[null, null]"));
  curves.add(3, {{"G", 2}});
  curves.add(4, {{"G", std::nan("")}});
  EXPECT_EQ(json::parse(curves.json())["curves"][0]["mean"], json::parse("[null, 2]"));
}

TEST(Curves, NoStepsGiveValidJson) {
  EXPECT_EQ(json::parse(Curves().json()), json::parse(R"({"stepsPerPoint": 1, "steps": [], "curves": []})"));
}

}  // namespace
}  // namespace cut::trainer
