// SPDX-License-Identifier: MIT
#include "trainer/report/losses_csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "cuttranslate/error.hpp"
#include "trainer/report/numbers.hpp"

namespace cut::trainer {
namespace {

constexpr std::array<std::string_view, 6> ownColumns = {
    "step", "images", "epoch", "learning_rate", "seconds_of_step", "seconds_of_data"};
constexpr std::size_t longestLine = 64 << 10;

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + '"';
}

// Reads a record with its newline; quoted fields may hold newlines too. False at the end of the file and for
// a truncated record; a record longer than longestLine is returned in part.
bool readRecord(std::istream& file, std::string& record) {
  record.clear();
  bool inQuotes = false;
  char c = 0;
  while (record.size() <= longestLine && file.get(c)) {
    record += c;
    if (c == '"') inQuotes = !inQuotes;
    if (c == '\n' && !inQuotes) return true;
  }
  return record.size() > longestLine;
}

std::vector<std::string> fields(std::string_view record) {
  std::vector<std::string> result(1);
  if (record.ends_with('\n')) record.remove_suffix(1);
  bool inQuotes = false;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (c == '"' && inQuotes && i + 1 < record.size() && record[i + 1] == '"')
      result.back() += record[++i];
    else if (c == '"')
      inQuotes = !inQuotes;
    else if (c == ',' && !inQuotes)
      result.emplace_back();
    else
      result.back() += c;
  }
  return result;
}

template <typename Number>
bool parse(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc() && stopped == end;
}

bool parseRow(const std::vector<std::string>& row, StepRecord& record) {
  if (row.size() != ownColumns.size() + record.losses.size()) return false;
  bool good = parse(row[0], record.step) && parse(row[1], record.images) && parse(row[2], record.epoch) &&
              parse(row[3], record.learningRate) && parse(row[4], record.secondsOfStep) &&
              parse(row[5], record.secondsOfData);
  for (std::size_t i = 0; good && i < record.losses.size(); ++i)
    good = parse(row[ownColumns.size() + i], record.losses[i].second);
  return good;
}

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

std::string lossHeader(const StepRecord& record) {
  std::string text;
  for (const std::string_view column : ownColumns) (text += text.empty() ? "" : ",") += column;
  for (const auto& loss : record.losses) text += ',' + quoted(loss.first);
  return text + '\n';
}

std::string lossRow(const StepRecord& record) {
  std::string text =
      std::to_string(record.step) + ',' + std::to_string(record.images) + ',' + std::to_string(record.epoch);
  for (const double value : {record.learningRate, record.secondsOfStep, record.secondsOfData})
    text += ',' + toShortest(value);
  for (const auto& loss : record.losses) text += ',' + toShortest(loss.second);
  return text + '\n';
}

std::optional<LossFileContent> readLossFile(const std::filesystem::path& path, std::int64_t lastStep,
                                            const std::function<void(const StepRecord&)>& each) {
  std::error_code failure;
  std::ifstream file;
  if (std::filesystem::is_regular_file(path, failure)) file.open(path, std::ios::binary);
  if (!file.is_open()) throw Error(ErrorKind::io, path.string() + ": expected a file that can be read");
  std::string line;
  if (!readRecord(file, line)) return {};
  const std::vector<std::string> header = fields(line);
  if (header.size() < ownColumns.size() || !std::equal(ownColumns.begin(), ownColumns.end(), header.begin()))
    return {};
  LossFileContent content{.lossNames = {header.begin() + ownColumns.size(), header.end()},
                          .bytes = line.size()};
  StepRecord record;
  for (const std::string& name : content.lossNames) record.losses.emplace_back(name, 0);
  while (readRecord(file, line)) {
    if (const std::int64_t before = record.step; !parseRow(fields(line), record) || record.step <= before)
      return {};
    if (record.step > lastStep) break;
    each(record);
    content.bytes += line.size();
    ++content.rows;
  }
  return content;
}

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
