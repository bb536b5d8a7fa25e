// SPDX-License-Identifier: MIT
// `cut-trainer compare`: methods trained one after the other on equal terms, and a page of what they made.
#pragma once

#include <ostream>

#include "trainer/options/compare_options.hpp"

namespace cut::trainer {

// Trains each method in a process of its own, in as many parts as there are evaluations; after each part its
// model.pt is evaluated on the held-out images and the page written. What an earlier start finished is kept.
// Returns the exit status: 0; 1 where a method failed, while the others went on; 128 and the number of a stop
// signal. Throws as evaluate() does, and invalidArgument where the folder holds a comparison on other terms.
int compare(const CompareOptions& options, std::ostream& out, int descriptor);

}  // namespace cut::trainer
