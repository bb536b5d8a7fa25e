// SPDX-License-Identifier: MIT
#include "trainer/report/event_file.hpp"

#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <utility>

#include "base/protobuf.hpp"

namespace cut::trainer {
namespace {

// Numbers of fields in event.proto.
namespace event {
constexpr int wallTime = 1, step = 2, fileVersion = 3, summary = 5, sessionLog = 7;
}
namespace session {
constexpr int status = 1;
constexpr int start = 1;  // SessionStatus.START
}  // namespace session
// Numbers of fields in summary.proto.
namespace summary {
constexpr int value = 1;
constexpr int tag = 1, simpleValue = 2, image = 4;                    // of Value
constexpr int height = 1, width = 2, colorspace = 3, imageBytes = 4;  // of Image
}  // namespace summary

constexpr std::size_t longestHostName = 64;

std::string littleEndian(std::uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> 8 * i);
  return bytes;
}

// A CRC over bytes that hold CRCs is weak: TFRecord masks it, by a rotation and an addition.
std::string maskedCrc(std::string_view bytes) {
  return littleEndian(std::rotr(crc32c(bytes), 15) + 0xA282EAD8U, 4);
}

double secondsSinceEpoch() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string hostName() {
  std::array<char, longestHostName + 1> name{};
  if (::gethostname(name.data(), longestHostName) != 0 || name[0] == '\0') return "localhost";
  std::string text = name.data();
  for (char& c : text)
    if (c == '/') c = '-';
  return text;
}

std::filesystem::path freshName(const std::filesystem::path& folder) {
  const std::string name = "events.out.tfevents." +
                           std::to_string(static_cast<std::int64_t>(secondsSinceEpoch())) + "." + hostName();
  std::filesystem::path path = folder / name;
  std::error_code ignored;
  for (int number = 1; std::filesystem::exists(path, ignored); ++number)
    path = folder / (name + "." + std::to_string(number));
  return path;
}

constexpr std::uint32_t reversedPolynomial = 0x82F63B78;

constexpr std::array<std::uint32_t, 256> makeTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? reversedPolynomial : 0);
    table[byte] = value;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> table = makeTable();

}  // namespace

EventFile::EventFile(std::filesystem::path folder, std::int64_t firstStep)
    : folder_(std::move(folder)), firstStep_(firstStep) {}

void EventFile::open() {
  if (file_) return;
  file_ = AppendFile::create(freshName(folder_));
  write(0, event::fileVersion, "brain.Event:2");
  write(firstStep_ + 1, event::sessionLog,
        ProtobufMessage().integer(session::status, session::start).bytes());
}

void EventFile::write(std::int64_t step, int field, std::string_view message) {
  const std::string bytes = ProtobufMessage()
                                .float64(event::wallTime, secondsSinceEpoch())
                                .integer(event::step, step)
                                .text(field, message)
                                .bytes();
  const std::string length = littleEndian(bytes.size(), 8);
  file_->append(length + maskedCrc(length) + bytes + maskedCrc(bytes));
}

void EventFile::scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values) {
  open();
  ProtobufMessage message;
  for (const auto& [tag, value] : values)
    message.text(summary::value, ProtobufMessage()
                                     .text(summary::tag, tag)
                                     .float32(summary::simpleValue, static_cast<float>(value))
                                     .bytes());
  write(step, event::summary, message.bytes());
}

void EventFile::image(std::int64_t step, std::string_view tag, const Picture& picture, std::string_view png) {
  open();
  const std::string image = ProtobufMessage()
                                .integer(summary::height, picture.height)
                                .integer(summary::width, picture.width)
                                .integer(summary::colorspace, picture.channels)
                                .text(summary::imageBytes, png)
                                .bytes();
  const std::string value = ProtobufMessage().text(summary::tag, tag).text(summary::image, image).bytes();
  write(step, event::summary, ProtobufMessage().text(summary::value, value).bytes());
}

void EventFile::flush() {
  if (file_) file_->flush();
}

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t value = 0xFFFFFFFF;
  for (const char c : bytes) value = value >> 8 ^ table[(value ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~value;
}

}  // namespace cut::trainer
