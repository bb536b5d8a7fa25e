// SPDX-License-Identifier: MIT
// The smallest program on an installed libcuttranslate: says what kind of file it was given, or why it cannot
// be read.
#include <cuttranslate/error.hpp>
#include <cuttranslate/model_file.hpp>
#include <cuttranslate/version.hpp>
#include <iostream>
#include <string_view>

int main(int, char** words) {
  if (std::string_view(cut::version()) != CUT_VERSION || !CUT_VERSION_AT_LEAST(0, 1, 0)) return 1;
  std::cout << "version " << cut::version() << '\n';
  try {
    const cut::ModelFile model = cut::readModelFile(words[1]);
    std::cout << "read a " << nameOf(model.kind) << '\n';
  } catch (const cut::Error& error) {
    std::cout << "refused: " << error.what() << '\n';
  }
}
