// SPDX-License-Identifier: MIT
#include "cuttranslate/error.hpp"
#include "trainer/evaluate/feature_network.hpp"

namespace cut::trainer {

class FeatureNetwork::Impl {};

FeatureNetwork::FeatureNetwork(const std::filesystem::path& path) {
  throw Error(ErrorKind::unsupported,
              "--features " + path.string() +
                  ": this program was built without LibTorch (-Dtorch=disabled), "
                  "which TorchScript networks need; the other scores are computed without --features");
}

FeatureNetwork::~FeatureNetwork() = default;

// Unreachable, because the constructor throws.
void FeatureNetwork::append(const Picture& /*picture*/, Features& /*to*/) {}

}  // namespace cut::trainer
