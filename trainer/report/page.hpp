// SPDX-License-Identifier: MIT
// web/index.html: a self-contained page, in which names and notices are escaped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "trainer/report/gallery.hpp"
#include "trainer/report/progress.hpp"
#include "trainer/report/report.hpp"

namespace cut::trainer {

// Curves over a run of any length in bounded memory: as steps grow in number, neighbours are merged into
// mean, minimum and maximum.
class Curves {
 public:
  // At most `points` per curve, at least half as many in a long run.
  explicit Curves(std::size_t points = 1600) : limit_(points) {}

  // A value per curve; names and their order are those of the first call. Values that are not finite are left
  // out.
  void add(std::int64_t step, const std::vector<std::pair<std::string, double>>& values);

  // {"stepsPerPoint": n, "steps": [last step of each point], "curves": [{"name": ..., "mean": [...], "low":
  // [...], "high": [...]}]}; null where a point has no finite value; low and high are left out where every
  // point is one step.
  std::string json() const;

 private:
  struct Cell {
    double sum = 0;
    float low = std::numeric_limits<float>::infinity();
    float high = -std::numeric_limits<float>::infinity();
    std::int64_t count = 0;

    void add(double value);
    void add(const Cell& other);
  };
  struct Point {
    std::int64_t lastStep = 0;
    std::int64_t steps = 0;
    std::vector<Cell> cells{};  // one per curve
  };

  void halve();

  std::size_t limit_;
  std::int64_t stepsPerPoint_ = 1;
  std::vector<std::string> names_;
  std::vector<Point> points_;
};

struct PageNotice {
  double time = 0;  // seconds since 1970
  std::int64_t step = 0;
  std::string text;
};

enum class RunState { running, stopped, finished };

struct PageState {
  RunState state = RunState::running;
  double started = 0;  // seconds since 1970, as `written`
  double written = 0;
  double refreshSeconds = 20;  // between reloads
  StepRecord last;
  std::vector<PageNotice> notices;
};

std::string pageText(const ReportOptions& options, const PageState& state, const Throughput& throughput,
                     const Curves& curves, const Gallery& gallery);

}  // namespace cut::trainer
