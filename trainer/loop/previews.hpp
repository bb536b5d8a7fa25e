// SPDX-License-Identifier: MIT
// The same few images, translated at intervals of a run, for the page and TensorBoard.
#pragma once

#include <string>
#include <vector>

#include "trainer/data/pair_source.hpp"
#include "trainer/methods/method.hpp"
#include "trainer/report/report.hpp"

namespace cut::trainer {

class Previews {
 public:
  // The first `count` pairs of the data set.
  Previews(const PairSource& dataset, int count, c10::Device device);

  // The method's preview of each pair, with the averaged weights where there are any.
  std::vector<PictureRow> rows(Method& method, const StateDict& average) const;

 private:
  struct Row {
    std::string name;
    at::Tensor a, b;
  };
  std::vector<Row> rows_;
};

}  // namespace cut::trainer
