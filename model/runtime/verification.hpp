// Whether an engine gives what a model's sample says.
#pragma once

#include <string>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut {

// Runs the sample. Throws mismatch where the result is further off than `precision` ("fp32", ...) promises:
// 0.001 of [-1, 1] in fp32 between machines, 38 dB of PSNR otherwise.
Verification verify(Stream& stream, const Sample& sample, const std::string& precision);

}  // namespace cut
