// SPDX-License-Identifier: MIT
#include "trainer/report/page_parts.hpp"

#include "trainer/report/encoding.hpp"

namespace cut::trainer {

std::string filledTemplate(std::string_view text,
                           const std::function<std::string(std::string_view)>& valueOf) {
  std::string result;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const std::size_t open = text.find("{{", at);
    result += text.substr(at, open == std::string_view::npos ? open : open - at);
    if (open == std::string_view::npos) return result;
    const std::size_t close = text.find("}}", open);
    result += valueOf(text.substr(open + 2, close - open - 2));
    at = close + 2;
  }
  return result;
}

std::string htmlText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string picturesJson(const std::map<std::int64_t, std::string>& pictures) {
  std::string text = "{";
  for (const auto& [number, webp] : pictures) {
    const PictureSize size = webpSize(webp).value_or(PictureSize{});
    text += (text.back() == '{' ? "\"" : ",\"") + std::to_string(number) + R"(":{"width":)" +
            std::to_string(size.width) + R"(,"height":)" + std::to_string(size.height) + R"(,"data":")" +
            base64(webp) + "\"}";
  }
  return text + "}";
}

}  // namespace cut::trainer
