// SPDX-License-Identifier: MIT
#include "trainer/compare/comparison.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cuttranslate/error.hpp"
#include "trainer/compare/child_process.hpp"
#include "trainer/compare/comparison_report.hpp"
#include "trainer/compare/method_record.hpp"
#include "trainer/evaluate/evaluation.hpp"
#include "trainer/loop/stop_signal.hpp"
#include "trainer/report/losses_csv.hpp"
#include "trainer/report/numbers.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double secondsOfMinute = 60;
constexpr double leastSeconds = 1;  // of a part of the training: less is not worth a start

// What a method's numbers depend on, in words.
std::vector<std::string> termsOf(const CompareOptions& options, const ComparedMethod& method) {
  std::vector<std::string> terms = method.arguments;
  terms.push_back("--max_minutes=" + toShortest(options.maxMinutes));
  terms.push_back("--max_steps=" + std::to_string(options.maxSteps));
  terms.push_back("--evaluations=" + std::to_string(options.evaluations));
  terms.push_back("--max_images=" + std::to_string(options.maxImages));
  for (const fs::path& path : options.testA) terms.push_back("--testA=" + path.string());
  for (const fs::path& path : options.testB) terms.push_back("--testB=" + path.string());
  if (!options.features.empty()) terms.push_back("--features=" + options.features.string());
  return terms;
}

std::int64_t stepsOf(const ComparedMethod& method) {
  const fs::path file = method.options.folder() / "losses.csv";
  std::error_code ignored;
  std::int64_t steps = 0;
  if (fs::exists(file, ignored))
    readLossFile(file, std::numeric_limits<std::int64_t>::max(),
                 [&steps](const StepRecord& record) { steps = record.step; });
  return steps;
}

std::vector<std::string> trainWords(const CompareOptions& options, const ComparedMethod& method) {
  std::vector<std::string> words{"train"};
  words.insert(words.end(), method.arguments.begin(), method.arguments.end());
  words.push_back("--checkpoints_dir=" + options.checkpointsDir.string());
  words.push_back("--name=" + method.options.name);
  return words;
}

class MethodComparison {
 public:
  MethodComparison(const CompareOptions& options, std::ostream& out, int descriptor)
      : options_(options), out_(out), descriptor_(descriptor) {}

  int run() {
    readRecords();
    makeFolder();
    for (std::size_t i = 0; i < options_.methods.size(); ++i) {
      trainMethod(i);
      if (stopSignal() != 0) {
        out_ << "Stopped; the same command goes on\n";
        return bySignal + stopSignal();
      }
    }
    printComparison(report(), out_);
    out_ << "Done: " << (options_.folder() / "index.html").string() << '\n';
    const bool failed = std::find(failed_.begin(), failed_.end(), true) != failed_.end();
    return failed ? 1 : 0;
  }

 private:
  void makeFolder() const {
    std::error_code failure;
    fs::create_directories(options_.folder(), failure);
    if (failure)
      throw Error(ErrorKind::io, options_.folder().string() + ": cannot be made: " + failure.message());
  }

  void readRecords() {
    for (const ComparedMethod& method : options_.methods) {
      MethodRecord record = readRecord(fileOf(method));
      const auto terms = termsOf(options_, method);
      if (!record.terms.empty() && record.terms != terms)
        throw Error(ErrorKind::invalidArgument,
                    "--name: " + options_.folder().string() + " holds a comparison in which " + method.name +
                        " has other options; expected the same command to go on with, or another --name");
      record.terms = terms;
      records_.push_back(std::move(record));
      failed_.push_back(false);
    }
  }

  fs::path fileOf(const ComparedMethod& method) const { return options_.folder() / (method.name + ".json"); }

  // How far a method is to have come at the end of a part, counted from 1.
  double placeOf(int part) const {
    const double all = options_.maxMinutes > 0 ? options_.maxMinutes * secondsOfMinute
                                               : static_cast<double>(options_.maxSteps);
    return all * part / options_.evaluations;
  }

  // The limits of the training up to a place; nothing where it is there already.
  std::vector<std::string> limits(const ComparedMethod& method, const MethodRecord& record, int part) const {
    std::vector<std::string> words;
    if (options_.maxMinutes > 0) {
      const double left = placeOf(part) - record.seconds;
      if (left < std::min(leastSeconds, placeOf(1))) return {};
      words.push_back("--max_hours=" + toShortest(left / 3600));
    }
    if (options_.maxSteps > 0) {
      const std::int64_t end = options_.maxSteps * part / options_.evaluations;
      const std::int64_t left = end - stepsOf(method);
      if (left <= 0) return {};
      words.push_back("--max_steps=" + std::to_string(left));
    }
    return words;
  }

  // Until it is finished, has failed, or a stop signal comes.
  void trainMethod(std::size_t i) {
    const ComparedMethod& method = options_.methods[i];
    MethodRecord& record = records_[i];
    while (!record.finished) {
      const int part = static_cast<int>(record.points.size()) + 1;
      const auto limit = limits(method, record, part);
      failed_[i] = !limit.empty() && !trainPart(method, record, part, limit);
      if (stopSignal() != 0) return;
      if (failed_[i]) return writePage();
      const std::int64_t steps = stepsOf(method);
      const bool isNew = record.points.empty() || steps > record.points.back().steps;
      // Its epochs are over: nothing is left to be trained and measured.
      record.finished = part == options_.evaluations || (!limit.empty() && !isNew);
      // A start on a slow machine may take a whole part's time: the model is then what it was.
      if (isNew || limit.empty())
        record.points.push_back(
            {placeOf(part), steps, isNew ? evaluated(method) : record.points.back().evaluation});
      writeRecord(fileOf(method), record);
      writePage();
    }
  }

  // False where the process ended in an error.
  bool trainPart(const ComparedMethod& method, MethodRecord& record, int part,
                 const std::vector<std::string>& limit) {
    out_ << method.name << ": part " << part << " of " << options_.evaluations << '\n' << std::flush;
    std::vector<std::string> words = trainWords(options_, method);
    words.insert(words.end(), limit.begin(), limit.end());
    std::error_code ignored;
    if (fs::exists(method.options.folder() / "checkpoint.pt", ignored))
      words.emplace_back("--continue_train");
    const ChildResult result = runThisProgram(words);
    record.seconds += result.seconds;
    record.peakBytes = std::max(record.peakBytes, result.peakBytes);
    const bool failed = result.status != 0 && stopSignal() == 0;
    if (failed)
      out_ << method.name << " failed with status " << result.status
           << ", as said above; the other methods go on, and the same command tries it again\n";
    else
      writeRecord(fileOf(method), record);
    return !failed;
  }

  json evaluated(const ComparedMethod& method) {
    const TrainOptions& common = options_.common();
    EvaluateOptions evaluation;
    evaluation.model = method.options.folder() / "model.pt";
    evaluation.dataroot = options_.testA.empty() ? common.dataroot : fs::path();
    evaluation.dataA = options_.testA;
    evaluation.dataB = options_.testB;
    evaluation.direction = common.direction;
    evaluation.maxImages = options_.maxImages;
    evaluation.exifOrientation = common.exifOrientation;
    evaluation.features = options_.features;
    evaluation.seed = common.seed;
    evaluation.engine = engineOf(options_);
    std::ostringstream text;
    printJson(evaluate(evaluation, out_, descriptor_), text);
    return json::parse(text.str());
  }

  ComparisonReport report() const { return comparisonReport(options_, records_, failed_); }
  void writePage() const { writeComparisonPage(options_, report()); }

  const CompareOptions& options_;
  std::ostream& out_;
  int descriptor_;
  std::vector<MethodRecord> records_;  // one for each method
  std::vector<bool> failed_;           // now, not at an earlier start
};

// What train says of each method.
int describe(const CompareOptions& options, std::ostream& out) {
  for (const ComparedMethod& method : options.methods) {
    out << "== " << method.name << '\n' << std::flush;
    std::vector<std::string> words = trainWords(options, method);
    words.emplace_back("--dry_run");
    if (const int status = runThisProgram(words).status; status != 0) return status;
    if (const int number = stopSignal(); number != 0) return bySignal + number;
    out << '\n';
  }
  out << options.methods.size() << " methods";
  if (options.maxMinutes > 0)
    out << ", " << duration(options.maxMinutes * secondsOfMinute) << " each: "
        << duration(options.maxMinutes * secondsOfMinute * static_cast<double>(options.methods.size()))
        << " in all";
  if (options.maxSteps > 0) out << ", at most " << options.maxSteps << " steps each";
  out << "; " << options.evaluations << " evaluations of each besides\n";
  return 0;
}

}  // namespace

int compare(const CompareOptions& options, std::ostream& out, int descriptor) {
  checkHeldOut(options);
  catchStopSignals();
  if (options.dryRun) return describe(options, out);
  return MethodComparison(options, out, descriptor).run();
}

}  // namespace cut::trainer
