// SPDX-License-Identifier: MIT
// A model file with random weights, to measure with: random-model NETG NGF NORM FILE.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include "tiny_model.hpp"

int main(int argc, char** argv) {
  try {
    if (argc != 5) throw std::invalid_argument("expected: NETG NGF NORM FILE");
    cut::GeneratorSpec spec = cut::generatorFromName(argv[1]);
    spec.ngf = std::stoi(argv[2]);
    spec.norm = cut::normFromName(argv[3]);
    spec.validate();
    cut::writeModelFile(argv[4], cut::test::randomModel(spec));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
