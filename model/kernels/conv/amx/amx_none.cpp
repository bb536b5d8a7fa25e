// Stubs for processors without AMX.
#include "kernels/conv/amx/amx_convolution.hpp"

namespace cut::cpu {

bool haveAmx() noexcept {
  return false;
}

std::int64_t amxScratch(const AmxShape&, std::int64_t) noexcept {
  return 0;
}

void amxConvolution(const float*, const NormRelu&, const float*, const float*, float*, const AmxShape&,
                    float*, float*, std::int64_t, ParallelFor) noexcept {}

}  // namespace cut::cpu
