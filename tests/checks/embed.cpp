// The smallest program on an installed libcut: says what kind of file it was given, or why it cannot be read.
#include <cut/error.hpp>
#include <cut/model_file.hpp>
#include <iostream>

int main(int, char** words) {
  try {
    std::cout << "read a " << nameOf(cut::readModelFile(words[1]).kind) << '\n';
  } catch (const cut::Error& error) {
    std::cout << "refused: " << error.what() << '\n';
  }
}
