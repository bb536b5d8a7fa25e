// SPDX-License-Identifier: MIT
// The words of `cut-trainer compare`: its own options, and those of train, which go to the methods.
#pragma once

#include "trainer/options/compare_options.hpp"
#include "trainer/options/resolve.hpp"

namespace cut::trainer {

// The rows of a comparison itself, as --help shows them.
OptionTable compareTable(CompareOptions& options);

// What may be given: these, and the rows of trainTable() that are not among them.
OptionTable compareWords(CompareOptions& compare, TrainOptions& train);

// Throws invalidArgument, notFound, io or wrongFile, naming the option or the line of a method's file.
CompareOptions compareOptions(const RawOptions& raw, Notices& notices);

}  // namespace cut::trainer
