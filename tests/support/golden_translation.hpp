// SPDX-License-Identifier: MIT
// A golden generator's images through an engine.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cuttranslate/engine.hpp"
#include "golden.hpp"

namespace cut::test {

struct GoldenTranslation {
  std::vector<float> got, expected;  // (N, C, H, W)
  std::string misfit;                // why there are none: the reference makes another size than an engine
};

inline GoldenTranslation translateGolden(const GoldenCase& golden, const EngineOptions& options) {
  const StateDict tensors = golden.tensors();
  const Tensor& input = *find(tensors, "input");
  const Tensor& output = *find(tensors, golden.has("output") ? "output" : "output_eval");
  if (input.shape[2] != output.shape[2] || input.shape[3] != output.shape[3])
    return {{},
            {},
            "of " + shapeText(input.shape) + " the reference makes " + shapeText(output.shape) +
                "; the engine pads such frames and crops back. nets-golden compares this case"};
  const std::vector<float> in = toFloats(input);
  GoldenTranslation result{{}, toFloats(output), {}};
  result.got.resize(result.expected.size());
  const auto images = static_cast<std::size_t>(input.shape[0]);
  const std::size_t inputs = in.size() / images, outputs = result.got.size() / images;
  const auto stream = SharedModel::open(golden.weights(), options)->makeStream();
  stream->configure({static_cast<int>(input.shape[3]), static_cast<int>(input.shape[2])});
  for (std::size_t i = 0; i < images; ++i)
    stream->translate(std::span(in).subspan(i * inputs, inputs),
                      std::span(result.got).subspan(i * outputs, outputs));
  return result;
}

}  // namespace cut::test
