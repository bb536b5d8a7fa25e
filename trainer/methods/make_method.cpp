// SPDX-License-Identifier: MIT
#include "trainer/methods/make_method.hpp"

namespace cut::trainer {

std::unique_ptr<Method> makeMethod(const TrainOptions& options, c10::Device device) {
  switch (options.model) {
    case MethodName::cut:
    case MethodName::sinCut:  // CUT's losses with its preset's weights and networks
      break;
    case MethodName::cycleGan:
      return makeCycleGan(options, device);
  }
  return makeCut(options, device);
}

}  // namespace cut::trainer
