// SPDX-License-Identifier: MIT
// The choice of the precision that a model runs in on this machine.
#pragma once

#include <memory>

#include "backends/cpu/cpu_network.hpp"
#include "cuttranslate/engine.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut::cpu {

// Throws unsupported, with the reason, where engine cpu does not have this precision for this network or on
// this processor, and invalidArgument for int8 of a model without activation ranges.
void requirePrecision(const ModelFile& model, Precision wanted);

// Makes the network in the precision of the options.
// bf16: in all layers, or in the residual blocks only where the model has a sample on which all layers lose
// more than promisedPsnr() allows (with a margin). bf16 and tf32: with a notice where the sample shows less
// than promisedPsnr(). auto: the first of bf16, bf16 in the blocks only and tf32 that is fast on this
// processor and that the model's sample shows to keep promisedPsnr() with a margin; else, and for U-Nets,
// fp32.
std::unique_ptr<CpuNetwork> makeNetwork(const ModelFile& model, const EngineOptions& options);

}  // namespace cut::cpu
