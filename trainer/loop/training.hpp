// SPDX-License-Identifier: MIT
// A training run: the loop over epochs, with checkpoints, previews and reports.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trainer/checkpoint/checkpoint_file.hpp"
#include "trainer/loop/previews.hpp"
#include "trainer/loop/run_data.hpp"
#include "trainer/methods/method.hpp"
#include "trainer/methods/moving_average.hpp"
#include "trainer/report/report.hpp"
#include "trainer/schedule/learning_rate.hpp"

namespace cut::trainer {

enum class Ending { finished, stopped, timeIsUp, enoughSteps };

// Sentences from any thread (loader, data set), kept until the loop reports them.
class Notices {
 public:
  void add(const std::string& sentence) {
    const std::lock_guard lock(mutex_);
    sentences_.push_back(sentence);
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(sentences_, {});
  }

 private:
  std::mutex mutex_;  // guards sentences_
  std::vector<std::string> sentences_;
};

// Every step's random draws and data are functions of (seed, step), so a run resumed from a checkpoint
// equals an uninterrupted one: on the CPU, bit for bit, with the same number of threads.
class Training {
 public:
  // Finds the data, builds the networks and restores the checkpoint to resume. Writes nothing yet. Throws
  // what these throw.
  explicit Training(const TrainOptions& options);

  // Trains until the last epoch, a signal or a limit, and leaves every file of the run. Lines go to
  // `terminal`, a bar where its descriptor is a terminal. Throws internal where a loss becomes NaN or
  // infinite.
  Ending run(std::ostream& terminal, int descriptor);

  // For --dry_run: configuration, sizes, time and memory of a step. Writes no file.
  void describe(std::ostream& out);

 private:
  using Clock = std::chrono::steady_clock;

  void restore();
  void restoreCheckpoint(const Checkpoint& found);
  std::string resumeHint() const;  // where the run's options are found again
  void loadPreviews(std::ostream& terminal);
  void prepareFolder();
  void openReport(std::ostream& terminal, int descriptor);

  std::optional<Ending> warmUp();
  void resetAverage();
  Ending train();
  double warmUpStep(const DeviceBatch& batch);  // its objective
  StepResult runStep(const DeviceBatch& batch);
  void reportStep(const StepResult& result, double secondsOfStep, double secondsOfData);
  void endEpoch();
  void saveAndShowIfDue();
  bool crossed(std::int64_t frequency) const;  // whether the last step's images reached a multiple of it
  bool isTimeToSave() const;                   // by --save_minutes
  std::optional<Ending> reachedLimit() const;
  void checkFinite(const StepResult& result) const;

  double measureSeconds(const std::function<void(const DeviceBatch&)>& step);
  void reportPreviews();
  void reportNotices();
  Checkpoint checkpoint(StateDict averaged);
  StateDict average() const;
  void save();
  void saveOrNotice();
  void writeOrNotice(const std::function<void()>& write);

  std::optional<Checkpoint> resumedFrom_;  // the checkpoint that is resumed, until it is restored
  TrainOptions options_;
  c10::Device device_;
  Notices notices_;
  std::unique_ptr<PairSource> dataset_;
  std::unique_ptr<Method> method_;
  Method* warmUp_ = nullptr;  // owned by method_
  LearningRate rate_;
  std::optional<MovingAverage> average_;
  TrainingProgress progress_;
  std::int64_t stepsPerEpoch_;
  std::optional<Previews> previews_;
  std::unique_ptr<Report> report_;
  std::int64_t stepsAtStart_ = 0;  // of the method, done by the runs that this one continues
  Clock::time_point started_, saved_;
  bool writeFailureReported_ = false;  // since the last save
};

}  // namespace cut::trainer
