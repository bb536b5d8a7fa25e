// How colourful --colour_target B wants A's images.
#pragma once

#include "trainer/data/pair_dataset.hpp"

namespace cut::trainer {

// What makes A's colours as strong as B's: the ratio of their root mean squares, apart from luma, in the
// first epoch's pairs (two hundred of them at most). A function of the seed and the files, so that a run that
// goes on asks for the same. 1 where A has no colours.
double colourGain(const PairDataset& dataset);

}  // namespace cut::trainer
