// SPDX-License-Identifier: MIT
// A tiny model and a tiny dataset to evaluate it on.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "scratch.hpp"
#include "tiny_model.hpp"
#include "trainer/evaluate/evaluation.hpp"

namespace cut::trainer::test {

// Five images of A with colour gradients; five of B, flat and increasingly light.
class Evaluate : public testing::Test {
 protected:
  Evaluate() {
    std::filesystem::create_directories(scratch_.path("model"));
    options_.model = cut::test::writeTinyModel(scratch_.path("model"));
    options_.dataroot = scratch_.path("data");
    options_.engine.device = "cpu";
    for (int i = 0; i < 5; ++i) {
      scratch_.writeImage("data/testA/" + std::to_string(i) + ".png", gradient(80 + i, 64));
      scratch_.writeFlat("data/testB/" + std::to_string(i) + ".png", 40 * i, 64, 72);
    }
  }

  EvaluationResult run() { return evaluate(options_, progress_, -1); }

  Scratch scratch_;
  EvaluateOptions options_;
  std::ostringstream progress_;
};

}  // namespace cut::trainer::test
