// SPDX-License-Identifier: MIT
// The part of Training that reads and writes the run's folder.
#include <functional>
#include <optional>
#include <regex>
#include <string>
#include <system_error>
#include <utility>

#include "backends/torch/device/caching_allocator.hpp"
#include "cuttranslate/error.hpp"
#include "trainer/loop/run_files.hpp"
#include "trainer/loop/training.hpp"
#include "trainer/options/configuration.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view averagePrefix = "average.";

bool isThere(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// The first of run.1, run.2, ... that does not exist.
fs::path freeName(const fs::path& folder) {
  for (int i = 1;; ++i)
    if (fs::path free = folder.string() + "." + std::to_string(i); !isThere(free)) return free;
}

// Removes temporary files of a run that was killed while saving: checkpoints are large.
void removeUnfinished(const fs::path& folder) {
  static const std::regex unfinished(
      R"(\.(options\.toml|checkpoint\.pt|model\.pt|\w+_net_\w+\.pth)\.\d+\.\d+\.tmp)");
  std::error_code ignored;
  for (fs::directory_iterator it(folder, ignored), end; !ignored && it != end; it.increment(ignored))
    if (std::regex_match(it->path().filename().string(), unfinished)) fs::remove(it->path(), ignored);
}

StateDict withPrefix(std::string_view prefix, StateDict weights) {
  for (auto& [name, tensor] : weights) name.insert(0, prefix);
  return weights;
}

StateDict withoutPrefix(std::string_view prefix, const StateDict& weights) {
  StateDict part;
  for (const auto& [name, tensor] : weights)
    if (name.starts_with(prefix)) part.emplace_back(name.substr(prefix.size()), tensor);
  return part;
}

// The message of an I/O error; other errors propagate. Between steps a full disk is no reason to lose the
// state in memory.
std::optional<std::string> failureOf(const std::function<void()>& write) {
  try {
    write();
    return std::nullopt;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::io) throw;
    return error.what();
  }
}

}  // namespace

void Training::restore() {
  if (resumedFrom_) {
    restoreCheckpoint(*resumedFrom_);
    resumedFrom_.reset();
    return;
  }
  const auto notice = [this](const std::string& sentence) { notices_.add(sentence); };
  if (!options_.pretrainedName.empty()) {
    readNetworks(options_.checkpointsDir / options_.pretrainedName, options_.epoch, *method_, notice);
  } else if (options_.continueTrain) {
    const fs::path needed = generatorFile(options_.folder(), options_.epoch, *method_);
    if (!isThere(needed))
      throw Error(ErrorKind::notFound,
                  options_.folder().string() + " has " +
                      (options_.epoch == "latest" ? "neither checkpoint.pt nor " : "no ") +
                      needed.filename().string() + ": there is nothing to go on with; leave out " +
                      (options_.epoch == "latest" ? "--continue_train" : "--epoch"));
    readNetworks(options_.folder(), options_.epoch, *method_, notice);
    notice("no checkpoint.pt of epoch " + options_.epoch + " in " + options_.folder().string() +
           ": the weights go on, the optimisers and counters begin anew");
  }
  resetAverage();
}

std::string Training::resumeHint() const {
  const std::string needed = "; --continue_train needs the options that the run began with";
  const fs::path file = optionsFile(options_);
  return isThere(file) ? needed + ": --config " + file.string() + " gives them" : needed;
}

void Training::restoreCheckpoint(const Checkpoint& found) {
  try {
    method_->restore(found.tensors);
    if (warmUp_) warmUp_->restore(found.tensors);
    const StateDict averaged = withoutPrefix(averagePrefix, found.tensors);
    if (averaged.empty())
      resetAverage();
    else if (average_)
      average_->restore(averaged, found.progress.averaged);
  } catch (const Error& error) {
    throw Error(error.kind(), checkpointFile(options_).string() + ": " + error.what() + resumeHint());
  }
  progress_ = found.progress;
  rate_.restore(progress_.rate);
  if (progress_.stepsPerEpoch == stepsPerEpoch_) return;
  notices_.add("an epoch had " + std::to_string(progress_.stepsPerEpoch) + " steps and has " +
               std::to_string(stepsPerEpoch_) + " now: goes on at the beginning of epoch " +
               std::to_string(progress_.epoch));
  progress_.stepsPerEpoch = stepsPerEpoch_;
  progress_.stepOfEpoch = 0;
  progress_.lossOfEpoch = 0;
}

// An earlier run of the same name is not overwritten: its folder is renamed.
void Training::prepareFolder() {
  const fs::path folder = options_.folder();
  const bool used = isThere(checkpointFile(options_)) || isThere(folder / "model.pt") ||
                    isThere(generatorFile(folder, "latest", *method_));
  if (options_.continueTrain) removeUnfinished(folder);
  if (!options_.continueTrain && used) {
    const fs::path aside = freeName(folder);
    fs::rename(folder, aside);
    notices_.add("the earlier run of this name is in " + aside.string() + " now");
  }
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) throw Error(ErrorKind::io, folder.string() + ": cannot be made: " + failure.message());
  writeOptions(options_);
  // A run killed after its warm-up but saved within it repeats its steps: their rows are dropped.
  if (progress_.warmupSteps > 0 && progress_.steps == 0) fs::remove(folder / "losses.csv", failure);
}

void Training::openReport(std::ostream& terminal, int descriptor) {
  ReportOptions report;
  report.folder = options_.folder();
  report.title = options_.name;
  report.configuration = configuration(options_);
  report.firstStep = progress_.steps;
  report.stepsPerEpoch = stepsPerEpoch_;
  report.epochs = options_.nEpochs + options_.nEpochsDecay;
  report.printEvery = options_.printFreq;
  report.html = !options_.noHtml;
  report_ = std::make_unique<Report>(report, terminal, descriptor);
  reportNotices();
}

Checkpoint Training::checkpoint(StateDict averaged) {
  Checkpoint checkpoint{progress_, method_->state()};
  const auto append = [&](StateDict more) {
    checkpoint.tensors.insert(checkpoint.tensors.end(), std::make_move_iterator(more.begin()),
                              std::make_move_iterator(more.end()));
  };
  if (warmUp_ && progress_.steps == 0) append(warmUp_->state());
  append(withPrefix(averagePrefix, std::move(averaged)));
  return checkpoint;
}

void Training::save() {
  const fs::path folder = options_.folder();
  std::error_code failure;
  fs::create_directories(folder, failure);  // somebody may have removed it
  reportNotices();
  // Before the checkpoint: a run that is killed between them must not miss rows of losses.csv.
  report_->flush();
  if (progress_.steps == 0) resetAverage();
  const StateDict averaged = average();
  writeCheckpoint(checkpointFile(options_), checkpoint(averaged));
  writeNetworks(folder, "latest", *method_, averaged);
  writeModel(folder / "model.pt", options_, method_->generator(), averaged);
  saved_ = Clock::now();
  writeFailureReported_ = false;
}

void Training::saveOrNotice() {
  const auto failure = failureOf([this] { save(); });
  if (!failure) return;
  saved_ = Clock::now();
  report_->notice("not saved: " + *failure + ". Training goes on; the next save tries again");
}

// For reports and epoch weights: rows of losses.csv stay in memory until they can be written.
void Training::writeOrNotice(const std::function<void()>& write) {
  const auto failure = failureOf(write);
  if (!failure || std::exchange(writeFailureReported_, true)) return;
  report_->notice("not written: " + *failure + ". Training goes on and tries again");
}

}  // namespace cut::trainer
