// SPDX-License-Identifier: MIT
// A command line as a test writes it, and what came of it.
#pragma once

#include <string>
#include <vector>

#include "trainer/options/command_line.hpp"

namespace cut::trainer::test {

struct Parsed {
  CommandLine line;
  std::string out, err;

  bool accepted() const { return !std::holds_alternative<Finished>(line.command); }
  int status() const { return std::get<Finished>(line.command).status; }
};

// `words` without the program.
Parsed parsed(const std::vector<std::string>& words);

// What `train --dataroot D` and the words give; a failure of the test where they are refused.
TrainOptions trained(const std::vector<std::string>& words);

// What `train --dataroot D` and the words are refused with.
std::string refusal(const std::vector<std::string>& words);

// The notices of `train --dataroot D` and the words.
std::vector<std::string> notices(const std::vector<std::string>& words);

}  // namespace cut::trainer::test
