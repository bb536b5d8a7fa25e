// main() of the golden programs: says which set of numbers it runs.
#include <gtest/gtest.h>

#include <iostream>

#include "golden.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  std::cout << "golden numbers of " << cut::test::goldenFolder().string() << ": "
            << cut::test::resnetCases().size() << " cases of ResNet generators\n";
  return RUN_ALL_TESTS();
}
