// SPDX-License-Identifier: MIT
// TensorBoard event files: records in the TFRecord framing, each an Event of TensorFlow's event.proto and
// summary.proto. A record is its length (8 bytes, little-endian), the masked CRC-32C of these 8 bytes, the
// bytes, their masked CRC-32C.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trainer/data/picture.hpp"
#include "trainer/report/append_file.hpp"

namespace cut::trainer {

// CRC-32C (Castagnoli): RFC 3720, appendix B.4.
std::uint32_t crc32c(std::string_view bytes);

class EventFile {
 public:
  // The file, events.out.tfevents.<seconds>.<host>, is created by the first call below; it tells TensorBoard
  // to drop what earlier files of the folder hold after firstStep.
  EventFile(std::filesystem::path folder, std::int64_t firstStep);

  // Values by tag. Throws io, as the next two do.
  void scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values);
  void image(std::int64_t step, std::string_view tag, const Picture& picture, std::string_view png);
  void flush();

 private:
  void open();
  void write(std::int64_t step, int field, std::string_view message);

  std::filesystem::path folder_;
  std::int64_t firstStep_;
  std::optional<AppendFile> file_;
};

}  // namespace cut::trainer
