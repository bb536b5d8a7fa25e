// Which layers of a model int8 takes.
#pragma once

#include <span>

#include "cut/image.hpp"
#include "cut/model_file.hpp"

namespace cut::cpu {

// Those ranges of the model, which has them of all layers, that it can afford: layers are left out, the one
// first that costs most by itself, until the worst of the frames and the model's sample keeps `least` dB of
// fp32, or half of the layers are gone. For a processor with int8.
StateDict affordableRanges(const ModelFile& model, int threads, std::span<const ImageView> frames,
                           double least);

}  // namespace cut::cpu
