// The text of losses.csv (RFC 4180): a header, then a row per step, steps ascending.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "trainer/report/report.hpp"

namespace cut::trainer {

// What a losses.csv holds up to a step.
struct LossFileContent {
  std::vector<std::string> lossNames;
  std::uint64_t bytes = 0;  // of header and rows up to that step
  std::int64_t rows = 0;    // up to that step
};

// With its line's end.
std::string lossHeader(const StepRecord& record);
std::string lossRow(const StepRecord& record);

// Hands every row up to `lastStep` on; stepOfEpoch stays 0, it is not in the file. Nothing where this is no
// losses.csv of ours: another header, a damaged row. A row that was cut off at the file's end is not counted.
// Never takes more memory than a row. Throws io where there is no regular file that can be read.
std::optional<LossFileContent> readLossFile(const std::filesystem::path& path, std::int64_t lastStep,
                                            const std::function<void(const StepRecord&)>& each);

}  // namespace cut::trainer
