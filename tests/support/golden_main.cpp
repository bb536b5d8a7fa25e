// SPDX-License-Identifier: MIT
// main() of the golden programs: says which set of numbers it runs.
#include <gtest/gtest.h>

#include <exception>
#include <iostream>

#include "golden.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  try {
    std::cout << cut::test::describeGoldenSet() << '\n';
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return RUN_ALL_TESTS();
}
