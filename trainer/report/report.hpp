// SPDX-License-Identifier: MIT
// The reports of a training run: progress on the terminal, losses.csv, TensorBoard events, web/index.html.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

struct StepRecord {
  std::int64_t step = 0;    // optimisation steps done, from 1; over all epochs
  std::int64_t images = 0;  // images of A seen, over all epochs
  int epoch = 1;
  std::int64_t stepOfEpoch = 0;  // from 1
  double learningRate = 0;
  double secondsOfStep = 0;                            // computing
  double secondsOfData = 0;                            // waiting for the loader
  std::vector<std::pair<std::string, double>> losses;  // the same names in the same order in every record
};

// A row of the page's grid.
struct PictureRow {
  std::string name;                                       // of the image
  std::vector<std::pair<std::string, Picture>> pictures;  // label and picture, as "real A"
};

struct ReportOptions {
  std::filesystem::path folder;                                    // of the run; made if it is not there
  std::string title;                                               // the run's name
  std::vector<std::pair<std::string, std::string>> configuration;  // option, value
  std::int64_t firstStep = 0;  // steps done before: later rows of an earlier run are dropped from losses.csv
  std::int64_t stepsPerEpoch = 0;
  int epochs = 0;                 // in all
  std::int64_t printEvery = 100;  // images between plain lines; 0: none
  bool html = true;
};

// What a run leaves in its folder: losses.csv, events.out.tfevents.* for TensorBoard, web/index.html and, for
// a run that is continued, web/pictures/. Nothing is written before the first step. All calls come from one
// thread.
//
// With firstStep > 0 the earlier run's curves and pictures continue; what it had written after that step is
// dropped.
// With 0, or where losses.csv has other columns, that file is moved aside with a notice.
//
// Every function throws io, naming file and reason, where something cannot be written (a full disk);
// the files stay complete, and a later call tries again.
class Report {
 public:
  // `terminal` gets the bar where it is one (isatty of its descriptor), plain lines otherwise.
  Report(const ReportOptions& options, std::ostream& terminal, int descriptor);
  // Ends the bar and flushes, without throwing. The page says finished after the last step, else stopped.
  ~Report();
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  // Costs microseconds; the page is written every 20 seconds at most, in at most a twentieth of the time.
  void step(const StepRecord& record);
  // For a run that ends before its first step: losses.csv with the header of such records alone.
  void noSteps(const StepRecord& record);
  // Adds them to the page, which keeps the newest sets whole and thins out older ones. Pictures wider or
  // higher than 512 are made smaller there, not for TensorBoard.
  void pictures(int epoch, std::int64_t step, const std::vector<PictureRow>& rows);
  // A sentence for the user: above the bar, and on the page.
  void notice(const std::string& text);
  // Writes the page and everything that is buffered, now.
  void flush();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cut::trainer
