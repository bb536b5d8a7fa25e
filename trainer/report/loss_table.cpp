#include "trainer/report/loss_table.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

bool sameNames(const std::vector<std::string>& names, const StepRecord& record) {
  return std::equal(names.begin(), names.end(), record.losses.begin(), record.losses.end(),
                    [](const std::string& name, const auto& loss) { return name == loss.first; });
}

bool isThere(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

}  // namespace

LossTable::LossTable(fs::path path, std::int64_t firstStep,
                     const std::function<void(const StepRecord&)>& earlier)
    : path_(std::move(path)), firstStep_(firstStep) {
  if (firstStep > 0 && isThere(path_)) earlier_ = readLossFile(path_, firstStep, earlier);
}

bool LossTable::open(const StepRecord& first, const Notice& notice) {
  for (const auto& loss : first.losses) names_.push_back(loss.first);
  const bool goesOn = earlier_ && sameNames(earlier_->lossNames, first);
  if (goesOn) {
    file_ = AppendFile::continueAt(path_, earlier_->bytes);
    return true;
  }
  if (isThere(path_)) moveAside(notice);
  file_ = AppendFile::create(path_);
  file_->append(lossHeader(first));
  return false;
}

void LossTable::moveAside(const Notice& notice) const {
  fs::path other;
  for (int number = 1; other.empty() || isThere(other); ++number)
    other = path_.parent_path() /
            (path_.stem().string() + "." + std::to_string(number) + path_.extension().string());
  std::error_code failure;
  fs::rename(path_, other, failure);
  if (failure)
    throw Error(ErrorKind::io, path_.string() + ": it is of another run and cannot be moved to " +
                                   other.filename().string() + ": " + failure.message());
  notice(path_.filename().string() + " of another run is now " + other.filename().string() +
         (firstStep_ > 0 ? ": its columns are not those of this run" : ""));
}

void LossTable::add(const StepRecord& record) {
  if (!sameNames(names_, record))
    throw Error(ErrorKind::invalidArgument,
                "step " + std::to_string(record.step) + " has other losses than the first: expected " +
                    std::to_string(names_.size()) + " of the same names in the same order");
  file_->append(lossRow(record));
}

void LossTable::flush() {
  if (file_) file_->flush();
}

}  // namespace cut::trainer
