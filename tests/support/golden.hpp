// SPDX-License-Identifier: MIT
// The reference's numbers: the cases of the index.json in the folder CUT_GOLDEN (default: tests/golden).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cuttranslate/tensor.hpp"

namespace cut::test {

struct GoldenCase {
  std::string name;  // "generator/resnet_9blocks"
  nlohmann::json entry;

  std::filesystem::path weights() const;  // the state_dict
  StateDict tensors() const;              // "input", "output", "feat_0", ...
  bool has(std::string_view key) const;   // the index says that tensors() holds it
  // An option as the index has it; booleans may be strings.
  std::string option(const char* key, const char* fallback) const;
};

std::ostream& operator<<(std::ostream& out, const GoldenCase& golden);

std::filesystem::path goldenFolder();

// Which set this is, in a line: its folder, the number of its cases, and of each kind. A folder without an
// index throws std::runtime_error: a mistyped CUT_GOLDEN must not look like a kind that is absent.
std::string describeGoldenSet();

// All cases of a kind ("generator"); empty where the kind is absent.
std::vector<GoldenCase> goldenCases(std::string_view kind);

// The generators, and those of them that are ResNets, U-Nets or StyleGAN2's.
std::vector<GoldenCase> generatorCases();
std::vector<GoldenCase> resnetCases();
std::vector<GoldenCase> unetCases();
std::vector<GoldenCase> styleGanCases();

// For INSTANTIATE_TEST_SUITE_P: letters, digits and underscores.
std::string testName(const GoldenCase& golden);

}  // namespace cut::test
