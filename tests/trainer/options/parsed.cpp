// SPDX-License-Identifier: MIT
#include "parsed.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace cut::trainer::test {
namespace {

std::vector<std::string> withData(const std::vector<std::string>& words) {
  std::vector<std::string> all{"train", "--dataroot", "D"};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

}  // namespace

Parsed parsed(const std::vector<std::string>& words) {
  std::vector<const char*> argv{"cut-trainer"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  std::ostringstream out;
  std::ostringstream err;
  CommandLine line = parseCommandLine(static_cast<int>(argv.size()), argv.data(), out, err);
  return {std::move(line), out.str(), err.str()};
}

TrainOptions trained(const std::vector<std::string>& words) {
  const Parsed result = parsed(withData(words));
  EXPECT_EQ(result.err, "");
  if (const auto* options = std::get_if<TrainOptions>(&result.line.command)) return *options;
  ADD_FAILURE() << "no options of train";
  return {};
}

std::string refusal(const std::vector<std::string>& words) {
  const Parsed result = parsed(withData(words));
  EXPECT_TRUE(!result.accepted() && result.status() == 2) << "nothing was refused";
  EXPECT_EQ(result.out, "");
  return result.err;
}

std::vector<std::string> notices(const std::vector<std::string>& words) {
  const Parsed result = parsed(withData(words));
  EXPECT_EQ(result.err, "");
  return result.line.notices;
}

}  // namespace cut::trainer::test
