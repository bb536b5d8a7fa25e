// Which precision a model runs in on this machine.
#pragma once

#include <memory>

#include "backends/cpu/network.hpp"
#include "cuttranslate/engine.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut::cpu {

// Throws unsupported where engine cpu does not have it for this network, or this machine cannot do it, with
// the reason, and invalidArgument for int8 of a model that holds no ranges for it.
void requirePrecision(const ModelFile& model, Precision wanted);

// In the precision that the options say. bf16 is everywhere where the model has a sample that shows it to
// keep what is promised, with some room, or no sample; else in the blocks alone. bf16 and tf32 come with a
// notice where the sample shows less than is promised. `auto` is the first of bf16, bf16 in the blocks alone
// and tf32 that the machine is fast in and the model's sample shows to keep what is promised, with some room;
// else, and for U-Nets, fp32.
std::unique_ptr<CpuNetwork> makeNetwork(const ModelFile& model, const EngineOptions& options);

}  // namespace cut::cpu
