// SPDX-License-Identifier: MIT
#include "trainer/report/encoding.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

constexpr int webpQuality = 88;

// (height, width, 1 or 3) of 8 bits, BGR.
cv::Mat toMat(const Picture& picture) {
  // cv::Mat takes no const pixels; they are only read.
  const cv::Mat view(picture.height, picture.width, picture.channels == 1 ? CV_8UC1 : CV_8UC3,
                     const_cast<std::uint8_t*>(picture.pixels.data()));
  cv::Mat bgr;
  if (picture.channels == 1)
    view.copyTo(bgr);
  else
    cv::cvtColor(view, bgr, cv::COLOR_RGB2BGR);
  return bgr;
}

std::string encode(const char* suffix, const cv::Mat& image, const std::vector<int>& settings) {
  std::vector<std::uint8_t> bytes;
  try {
    if (cv::imencode(suffix, image, bytes, settings)) return {bytes.begin(), bytes.end()};
  } catch (const cv::Exception& exception) {
    throw Error(ErrorKind::internal, std::string("a picture cannot be encoded: ") + exception.what());
  }
  throw Error(ErrorKind::internal, std::string("a picture cannot be encoded as ") + suffix);
}

cv::Mat bounded(cv::Mat image, int longestSide) {
  const double scale = static_cast<double>(longestSide) / std::max(image.cols, image.rows);
  if (scale >= 1) return image;
  const auto side = [scale](int old) { return std::max(1, static_cast<int>(std::lround(old * scale))); };
  cv::Mat smaller;
  cv::resize(image, smaller, {side(image.cols), side(image.rows)}, 0, 0, cv::INTER_AREA);
  return smaller;
}

std::uint32_t littleEndian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

}  // namespace

std::string encodePng(const Picture& picture) {
  return encode(".png", toMat(picture), {cv::IMWRITE_PNG_COMPRESSION, 3});
}

std::string encodeWebp(const Picture& picture, int longestSide) {
  return encode(".webp", bounded(toMat(picture), longestSide), {cv::IMWRITE_WEBP_QUALITY, webpQuality});
}

std::optional<PictureSize> webpSize(std::string_view bytes) {
  // RIFF <size> WEBP "VP8 " <size>, then a key frame: its tag (3 bytes), 9D 01 2A, width, height (14 bits
  // each).
  if (bytes.size() < 30 || !bytes.starts_with("RIFF") || bytes.substr(8, 8) != "WEBPVP8 " ||
      littleEndian(bytes.substr(4, 4)) != bytes.size() - 8 || bytes.substr(23, 3) != "\x9D\x01\x2A")
    return {};
  const auto side = [bytes](std::size_t at) {
    return static_cast<int>(littleEndian(bytes.substr(at, 2)) & 0x3FFF);
  };
  return PictureSize{side(26), side(28)};
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? letters[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::string jsonText(const nlohmann::json& value) {
  const std::string dumped = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string text;
  text.reserve(dumped.size());
  // In JSON, "<" occurs in strings only, where \u003c is equivalent.
  for (const char c : dumped) text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return text;
}

}  // namespace cut::trainer
