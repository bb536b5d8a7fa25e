// Which layers of a model int8 takes.
#pragma once

#include <span>

#include "backends/cpu/int8_calibration.hpp"
#include "cuttranslate/engine.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut::cpu {

// Those of `all` ranges, which are calibrated, that the model can afford: layers are left out, the one first
// that costs most by itself, until the worst of the pictures keeps `least` dB of fp32, or half of the layers
// are gone; with a `least` of 0 it is all of them. For a processor with int8.
CalibratedInt8 affordableRanges(const ModelFile& model, const StateDict& all, int threads,
                                std::span<const Int8Picture> pictures, double least);

}  // namespace cut::cpu
