// The images of a run, from its options.
#pragma once

#include <functional>
#include <string>

#include "trainer/data/loader.hpp"
#include "trainer/data/pair_dataset.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

// Both domains; with --direction BtoA they change places. `notice` gets a sentence for each video and image
// that cannot be used, from any thread. Throws what findDomain throws.
PairDataset makeDataset(const TrainOptions& options, const std::function<void(const std::string&)>& notice);

LoaderOptions loaderOptions(const TrainOptions& options);

}  // namespace cut::trainer
