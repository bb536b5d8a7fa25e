// losses.csv while a run goes on: a row per step, in full precision.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "trainer/report/append_file.hpp"
#include "trainer/report/loss_file.hpp"

namespace cut::trainer {

class LossTable {
 public:
  using Notice = std::function<void(const std::string&)>;

  // Hands the rows of an earlier run up to firstStep on. Changes no file yet. Throws io.
  LossTable(std::filesystem::path path, std::int64_t firstStep,
            const std::function<void(const StepRecord&)>& earlier);

  // The first row opens the file: goes on after firstStep's row where the earlier file has the same columns
  // (what an interrupted run had written further is cut off), else moves that file aside and tells it.
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
