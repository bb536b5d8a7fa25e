// SPDX-License-Identifier: MIT
// What a comparison knows of a method, kept in a file, so that it goes on after an interruption.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace cut::trainer {

struct MeasuredPoint {
  double at = 0;              // seconds of training or steps: the comparison's axis
  std::int64_t steps = 0;     // that the method had made
  nlohmann::json evaluation;  // as `cut-trainer evaluate --json` prints it
};

struct MethodRecord {
  std::vector<std::string> terms;  // what the numbers depend on: the words of train, and the limits
  double seconds = 0;              // of wall time that its runs took
  std::int64_t peakBytes = 0;      // of resident memory, the most of its runs
  bool finished = false;
  std::vector<MeasuredPoint> points;
};

// An empty record where there is no file. Throws io, and wrongFile for one that is no record.
MethodRecord readRecord(const std::filesystem::path& path);
// Atomically. Throws io.
void writeRecord(const std::filesystem::path& path, const MethodRecord& record);

}  // namespace cut::trainer
