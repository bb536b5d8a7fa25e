// The smallest program on an installed libcuttranslate: says what kind of file it was given, or why it cannot
// be read.
#include <cuttranslate/error.hpp>
#include <cuttranslate/model_file.hpp>
#include <iostream>

int main(int, char** words) {
  try {
    const cut::ModelFile model = cut::readModelFile(words[1]);
    std::cout << "read a " << nameOf(model.kind) << '\n';
  } catch (const cut::Error& error) {
    std::cout << "refused: " << error.what() << '\n';
  }
}
