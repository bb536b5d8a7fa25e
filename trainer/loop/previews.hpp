// SPDX-License-Identifier: MIT
// The same few images, translated at intervals of a run, for the page and TensorBoard.
#pragma once

#include <string>
#include <vector>

#include "trainer/data/pair_source.hpp"
#include "trainer/methods/method.hpp"
#include "trainer/options/points.hpp"
#include "trainer/report/report.hpp"

namespace cut::trainer {

class Previews {
 public:
  // The first `count` pairs of the data set; where pairs are patches, the whole images are the first of them.
  // Points are parts of the first image's sides.
  Previews(const PairSource& dataset, int count, c10::Device device,
           std::vector<PicturePoint> similarityPoints);

  // The method's preview of each pair, with the averaged weights where there are any; behind them a row for
  // each point of the first image, where the method compares patches.
  std::vector<PictureRow> rows(Method& method, const StateDict& average) const;

 private:
  struct Row {
    std::string name;
    at::Tensor a, b;
  };
  std::vector<Row> rows_;
  std::vector<PicturePoint> points_;
};

}  // namespace cut::trainer
