// SPDX-License-Identifier: MIT
// losses.csv (RFC 4180): a header, then a row per step in full precision, steps ascending.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "trainer/report/append_file.hpp"
#include "trainer/report/report.hpp"

namespace cut::trainer {

// What a losses.csv holds up to a step.
struct LossFileContent {
  std::vector<std::string> lossNames;
  std::uint64_t bytes = 0;  // of header and rows up to that step
  std::int64_t rows = 0;    // up to that step
};

// Each with its newline.
std::string lossHeader(const StepRecord& record);
std::string lossRow(const StepRecord& record);

// Calls `each` with every row up to `lastStep`; stepOfEpoch stays 0, it is not in the file. Nothing where the
// file is not a losses.csv of this program: another header, a damaged row. A row truncated at the file's end
// is not counted. Holds one row in memory. Throws io where there is no regular file that can be read.
std::optional<LossFileContent> readLossFile(const std::filesystem::path& path, std::int64_t lastStep,
                                            const std::function<void(const StepRecord&)>& each);

class LossTable {
 public:
  using Notice = std::function<void(const std::string&)>;

  // Calls `earlier` with the rows of an earlier run up to firstStep. Changes no file yet. Throws io.
  LossTable(std::filesystem::path path, std::int64_t firstStep,
            const std::function<void(const StepRecord&)>& earlier);

  // Opens the file for the first row: appends after firstStep's row where the earlier file has the same
  // columns (later rows of an interrupted run are truncated), else moves that file aside with a notice.
  // Returns false where the earlier rows do not belong to this run. Throws io.
  bool open(const StepRecord& first, const Notice& notice);
  // After open(). Throws invalidArgument for other losses than those of the first row.
  void add(const StepRecord& record);
  void flush();

 private:
  void moveAside(const Notice& notice) const;

  std::filesystem::path path_;
  std::int64_t firstStep_;
  std::optional<LossFileContent> earlier_;
  std::optional<AppendFile> file_;
  std::vector<std::string> names_;  // of the losses
};

}  // namespace cut::trainer
