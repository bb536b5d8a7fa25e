// The page that `cut-trainer test` writes: every picture beside its translation.
#pragma once

#include <string>
#include <vector>

namespace cut::trainer {

struct ResultRow {
  std::string name;                 // of the picture, without a suffix
  std::string source;               // where it came from, for people
  std::vector<std::string> labels;  // folders below images/: "real_A", "fake_B", ...
};

struct ResultPage {
  std::string title;
  std::string subtitle;
  int width = 256;  // pixels, of a picture as it is shown
  std::vector<ResultRow> rows;
};

// HTML without anything from elsewhere but the pictures, images/LABEL/NAME.png beside it.
std::string html(const ResultPage& page);

// Letters, digits and -_.~/ stay, every other byte becomes %XX: a path as part of an address.
std::string addressOf(const std::string& path);

// What HTML would read as markup, as the characters that are meant.
std::string escaped(const std::string& text);

}  // namespace cut::trainer
