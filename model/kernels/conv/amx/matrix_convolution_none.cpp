// No matrix unit on this kind of processor.
#include "kernels/conv/amx/matrix_convolution.hpp"

namespace cut::cpu {

bool haveMatrixUnit() noexcept {
  return false;
}

std::int64_t matrixScratch(const MatrixShape&, std::int64_t) noexcept {
  return 0;
}

void matrixConvolution(const float*, const NormRelu&, const float*, const float*, float*, const MatrixShape&,
                       float*, float*, std::int64_t, ParallelFor) noexcept {}

}  // namespace cut::cpu
