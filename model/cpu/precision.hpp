// Which precision a model runs in on this machine.
#pragma once

#include <memory>

#include "cpu/network.hpp"
#include "cut/engine.hpp"
#include "cut/model_file.hpp"

namespace cut::cpu {

// Throws unsupported where engine cpu does not have it for this network, or this machine cannot do it, with
// the reason, and invalidArgument for int8 of a model that holds no ranges for it.
void requirePrecision(const ModelFile& model, Precision wanted);

// In the precision that the options say. bf16 is everywhere where the model has a sample that shows it to
// keep what is promised, with some room, or no sample; else in the blocks alone, with a notice where that
// does not keep it either. `auto` is bf16 where the
// machine multiplies it faster and the model has a sample that shows it to keep what is promised, with some
// room; else, and for U-Nets, fp32.
std::unique_ptr<CpuNetwork> makeNetwork(const ModelFile& model, EngineOptions options);

}  // namespace cut::cpu
