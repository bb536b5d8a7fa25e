// SPDX-License-Identifier: MIT
#include "scratch.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <stdexcept>

namespace cut::trainer::test {

namespace fs = std::filesystem;

Scratch::Scratch() {
  std::string name = (fs::temp_directory_path() / "cut-data-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no scratch folder");
  root_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

fs::path Scratch::path(const std::string& name) const {
  return root_ / name;
}

fs::path Scratch::prepare(const std::string& name) const {
  fs::create_directories(path(name).parent_path());
  return path(name);
}

fs::path Scratch::writeBytes(const std::string& name, const std::string& bytes) const {
  fs::path file = prepare(name);
  std::ofstream(file, std::ios::binary) << bytes;
  return file;
}

fs::path Scratch::writeImage(const std::string& name, const Picture& rgb) const {
  cv::Mat image(rgb.height, rgb.width, CV_8UC3);
  for (int y = 0; y < rgb.height; ++y)
    for (int x = 0; x < rgb.width; ++x) {
      const std::uint8_t* pixel = rgb.row(y) + static_cast<std::size_t>(x) * 3;
      image.at<cv::Vec3b>(y, x) = {pixel[2], pixel[1], pixel[0]};
    }
  fs::path file = prepare(name);
  if (!cv::imwrite(file.string(), image)) throw std::runtime_error("cannot write " + file.string());
  return file;
}

fs::path Scratch::writeFlat(const std::string& name, int value, int width, int height) const {
  Picture picture(width, height, 3);
  std::fill(picture.pixels.begin(), picture.pixels.end(), static_cast<std::uint8_t>(value));
  return writeImage(name, picture);
}

fs::path Scratch::writeTurned(const std::string& name, const Picture& rgb, int orientation) const {
  using namespace std::string_literals;
  const std::string plain = bytesOf(writeImage(name, rgb));
  const std::string exif = "\xff\xe1\0\x22"s + "Exif\0\0"s + "MM\0*\0\0\0\x08"s + "\0\x01"s +
                           "\x01\x12\0\x03\0\0\0\x01\0"s + static_cast<char>(orientation) + "\0\0"s +
                           "\0\0\0\0"s;
  return writeBytes(name, plain.substr(0, 2) + exif + plain.substr(2));
}

fs::path Scratch::writeVideo(const std::string& name, int frames) const {
  return ffmpeg("-f lavfi -i color=c=black:s=32x16:r=25,format=gray,geq=lum='20+20*N' -frames:v " +
                    std::to_string(frames) + " -c:v mjpeg -q:v 2",
                name);
}

fs::path Scratch::ffmpeg(const std::string& arguments, const std::string& name) const {
  fs::path file = prepare(name);
  const std::string command =
      "cd '" + root_.string() + "' && ffmpeg -nostdin -v error -y " + arguments + " '" + file.string() + "'";
  if (std::system(command.c_str()) != 0 || !fs::exists(file)) throw std::runtime_error(command);
  return file;
}

Picture gradient(int width, int height, int channels) {
  Picture picture(width, height, channels);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<std::uint8_t>((i * 37 + i / 7 * 11) % 256);
  return picture;
}

std::string bytesOf(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace cut::trainer::test
