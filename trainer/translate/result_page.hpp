// SPDX-License-Identifier: MIT
// The HTML page of `cut-trainer test`: every picture beside its translation.
#pragma once

#include <string>
#include <vector>

namespace cut::trainer {

struct ResultRow {
  std::string name;                 // of the picture, without a suffix
  std::string source;               // shown to the reader
  std::vector<std::string> labels;  // folders below images/: "real_A", "fake_B", ...
};

struct ResultPage {
  std::string title;
  std::string subtitle;
  int width = 256;  // displayed width of a picture in pixels
  std::vector<ResultRow> rows;
};

// Self-contained HTML, except for the pictures images/LABEL/NAME.png beside it.
std::string html(const ResultPage& page);

// Percent-encodes a path for a URL: every byte except letters, digits and -_.~/ becomes %XX.
std::string urlPath(const std::string& path);

// Escapes &, <, >, " and ' for HTML.
std::string escapeHtml(const std::string& text);

}  // namespace cut::trainer
