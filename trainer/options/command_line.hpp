// SPDX-License-Identifier: MIT
// The command line of cut-trainer, read and checked.
#pragma once

#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

#include "trainer/options/compare_options.hpp"
#include "trainer/options/model_options.hpp"
#include "trainer/options/similarity_options.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

// There is nothing left to do: help, the version or what is wrong has been printed.
struct Finished {
  int status = 0;  // of the process: 0, or 2 where the command line is wrong
};

struct CommandLine {
  std::variant<Finished, TrainOptions, TranslateOptions, TestOptions, EvaluateOptions, CompareOptions,
               SimilarityOptions>
      command;
  std::vector<std::string> notices;  // sentences for the user: options that were given and have no effect
};

// argv[0] is the program. Help and version go to `out`, what is wrong to `err`, in one sentence.
CommandLine parseCommandLine(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace cut::trainer
