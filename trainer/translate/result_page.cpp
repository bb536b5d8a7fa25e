// SPDX-License-Identifier: MIT
#include "trainer/translate/result_page.hpp"

#include <sstream>
#include <string_view>

namespace cut::trainer {
namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --line: #8884; --soft: #8888; }
body { margin: 0 auto; padding: 1.5rem; max-width: max-content; font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; }
header p { margin: .2rem 0 1.5rem; opacity: .7; }
section { border-top: 1px solid var(--line); padding: 1rem 0; }
h2 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 small { font-weight: normal; opacity: .6; margin-left: .5rem; }
div { display: flex; flex-wrap: wrap; gap: .75rem; }
figure { margin: 0; }
img { display: block; width: var(--width); max-width: 100%; height: auto; background: var(--soft); }
figcaption { font-size: .85rem; opacity: .7; padding-top: .2rem; }
)";

// A readable label beside the reference's name, which the folder has.
std::string caption(const std::string& label) {
  if (label == "real_A") return "input (real_A)";
  if (label == "fake_B") return "translated (fake_B)";
  if (label == "real_B") return "other domain (real_B)";
  return label;
}

void writeRow(const ResultRow& row, std::ostream& out) {
  out << "<section>\n<h2>" << escapeHtml(row.name) << "<small>" << escapeHtml(row.source)
      << "</small></h2>\n<div>\n";
  for (const std::string& label : row.labels) {
    const std::string address = escapeHtml(urlPath("images/" + label + "/" + row.name + ".png"));
    out << "<figure><a href=\"" << address << "\"><img loading=\"lazy\" src=\"" << address << "\" alt=\""
        << escapeHtml(label + " of " + row.name) << "\"></a><figcaption>" << escapeHtml(caption(label))
        << "</figcaption></figure>\n";
  }
  out << "</div>\n</section>\n";
}

}  // namespace

std::string escapeHtml(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string urlPath(const std::string& path) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string address;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (plain.find(c) != std::string_view::npos)
      address += c;
    else
      address += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return address;
}

std::string html(const ResultPage& page) {
  std::ostringstream out;
  out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      << "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
      << escapeHtml(page.title) << "</title>\n<style>" << style << ":root { --width: " << page.width
      << "px; }\n</style>\n</head>\n<body>\n<header><h1>" << escapeHtml(page.title) << "</h1><p>"
      << escapeHtml(page.subtitle) << "</p></header>\n";
  for (const ResultRow& row : page.rows) writeRow(row, out);
  out << "</body>\n</html>\n";
  return out.str();
}

}  // namespace cut::trainer
