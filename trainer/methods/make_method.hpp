// SPDX-License-Identifier: MIT
// The method of a run, from its options: the one place that knows which methods there are.
#pragma once

#include <memory>

#include "trainer/methods/method.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

// Its networks are float32 on `device`, channels-last, initialised from the seed alone. Throws
// invalidArgument or unsupported, naming the option.
std::unique_ptr<Method> makeMethod(const TrainOptions& options, c10::Device device);

// Each in a file of its own.
std::unique_ptr<Method> makeCut(const TrainOptions& options, c10::Device device);  // FastCUT and SinCUT too
std::unique_ptr<Method> makeCycleGan(const TrainOptions& options, c10::Device device);

}  // namespace cut::trainer
