// What colours --colour_target B asks for.
#pragma once

#include "trainer/data/pair_dataset.hpp"
#include "trainer/step/colour_map.hpp"

namespace cut::trainer {

// From A's colours to B's, as the first epoch's pairs have them (two hundred of them at most): a function of
// the seed and the files, so that a run that goes on asks for the same.
ColourMap colourTarget(const PairDataset& dataset);

}  // namespace cut::trainer
