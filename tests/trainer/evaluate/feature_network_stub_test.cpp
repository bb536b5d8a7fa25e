// SPDX-License-Identifier: MIT
// Without LibTorch.
#include "evaluation_fixture.hpp"

namespace cut::trainer::test {
namespace {

TEST_F(Evaluate, FeaturesWithoutLibTorchThrow) {
  options_.features = CUT_FEATURES;
  expectError(ErrorKind::unsupported, {"--features", "LibTorch"}, [&] { run(); });
}

}  // namespace
}  // namespace cut::trainer::test
