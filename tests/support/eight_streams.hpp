// SPDX-License-Identifier: MIT
// What every engine owes those who share a model: the weights and the working memory are there once.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "cuttranslate/engine.hpp"
#include "resident_memory.hpp"
#include "tiny_model.hpp"

namespace cut::test {

// Eight streams, each opened for itself and with a frame translated, in 1.2 times the memory of one.
inline void expectEightStreamsTakeLittleMoreMemoryThanOne(const EngineOptions& options) {
  const TemporaryFolder folder;
  GeneratorSpec spec = tinyModel().spec;
  const Size size{128, 96};
  std::vector<float> in(3 * 128 * 96, 0.25F), out(in.size());
  std::vector<std::shared_ptr<SharedModel>> models;
  std::vector<std::unique_ptr<Stream>> streams;
  const auto add = [&](const char* name) {
    models.push_back(SharedModel::open(folder.path() / name, options));
    streams.push_back(models.back()->makeStream());
    streams.back()->configure(size);
    streams.back()->translate(in, out);
  };
  // What the engine's libraries take at their first use is no stream's.
  writeModelFile(folder.path() / "tiny.pt", randomModel(spec));
  add("tiny.pt");
  spec.ngf = 48;  // 2 million weights
  writeModelFile(folder.path() / "model.pt", randomModel(spec));
  const long before = residentBytes();
  add("model.pt");
  const long one = residentBytes() - before;
  for (int i = 1; i < 8; ++i) add("model.pt");
  const long eight = residentBytes() - before;
  EXPECT_GT(one, long{8} << 20) << "the weights and the activations";
  EXPECT_LE(static_cast<double>(eight), 1.2 * static_cast<double>(one));
}

}  // namespace cut::test
