// SPDX-License-Identifier: MIT
#include "trainer/report/report.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <exception>
#include <ostream>
#include <span>
#include <system_error>
#include <utility>

#include "base/atomic_file.hpp"
#include "cuttranslate/error.hpp"
#include "trainer/report/encoding.hpp"
#include "trainer/report/event_file.hpp"
#include "trainer/report/gallery.hpp"
#include "trainer/report/losses_csv.hpp"
#include "trainer/report/page.hpp"
#include "trainer/report/progress.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds betweenPages{20};
constexpr int pageShare = 20;                          // at most one part in so many of the time writes pages
constexpr std::size_t mostNotices = 500;               // on the page
constexpr std::int64_t mostEvents = 20'000;            // for TensorBoard, which samples them anyway
constexpr std::size_t eventPictureBytes = 64'000'000;  // then every second set is written there, and so on

double secondsSince1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void makeFolder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure || !fs::is_directory(folder, failure))
    throw Error(ErrorKind::io,
                folder.string() + ": the folder cannot be made" + (failure ? ": " + failure.message() : ""));
}

}  // namespace

class Report::Impl {
 public:
  Impl(const ReportOptions& options, std::ostream& terminal, int descriptor);

  void step(const StepRecord& record);
  void noSteps(const StepRecord& record);
  void pictures(int epoch, std::int64_t step, const std::vector<PictureRow>& rows);
  void notice(const std::string& text);
  void flush();
  void finish() noexcept;

 private:
  void begin(const StepRecord& first);
  void addToCurves(const StepRecord& record);
  void addEvents(const StepRecord& record);
  void addEventPictures(std::int64_t step, const std::vector<PictureRow>& rows);
  void writePage();

  ReportOptions options_;
  Throughput throughput_;
  ProgressBar progress_;
  PageState state_;
  Curves curves_;
  std::int64_t imagesBefore_ = 0;  // of the last record in curves_
  Gallery gallery_;
  GalleryStore store_;
  LossTable table_;
  EventFile events_;
  bool begun_ = false;
  std::int64_t stepsPerEvent_;
  std::int64_t eventSets_ = 0;  // sets of pictures seen
  std::int64_t setsPerEventSet_ = 1;
  std::size_t eventBytes_ = 0;  // of pictures since setsPerEventSet_ last changed
  Clock::time_point nextPage_;
};

Report::Impl::Impl(const ReportOptions& options, std::ostream& terminal, int descriptor)
    : options_(options),
      throughput_(options.stepsPerEpoch * options.epochs),
      progress_(options, terminal, descriptor),
      store_(options.folder / "web" / "pictures"),
      table_(options.folder / "losses.csv", options.firstStep,
             [this](const StepRecord& record) {
               addToCurves(record);
               state_.last = record;
             }),
      events_(options.folder, options.firstStep),
      stepsPerEvent_(std::max<std::int64_t>(1, throughput_.steps() / mostEvents)),
      nextPage_(Clock::now()) {
  makeFolder(options_.html ? options_.folder / "web" : options_.folder);
  state_.started = secondsSince1970();
  state_.last.step = options_.firstStep;
  if (!options_.html || options_.firstStep == 0) return;
  if (const std::string damage = store_.load(gallery_, options_.firstStep); !damage.empty()) notice(damage);
}

void Report::Impl::begin(const StepRecord& first) {
  begun_ = true;
  const bool goesOn = table_.open(first, [this](const std::string& text) { notice(text); });
  if (goesOn) return;
  curves_ = Curves();
  imagesBefore_ = 0;
}

void Report::Impl::step(const StepRecord& record) {
  if (!begun_) begin(record);
  throughput_.add(record);
  state_.last = record;
  addToCurves(record);
  progress_.step(record, throughput_);
  table_.add(record);
  addEvents(record);
  if (options_.html && Clock::now() >= nextPage_) writePage();
}

void Report::Impl::noSteps(const StepRecord& record) {
  if (!begun_) begin(record);
}

void Report::Impl::addToCurves(const StepRecord& record) {
  auto values = record.losses;
  values.emplace_back("learning rate", record.learningRate);
  const double seconds = record.secondsOfStep + record.secondsOfData;
  const bool countable = record.step == 1 || imagesBefore_ > 0;
  const auto images = static_cast<double>(record.images - std::exchange(imagesBefore_, record.images));
  values.emplace_back("images/s", countable && seconds > 0 ? images / seconds : std::nan(""));
  curves_.add(record.step, values);
}

void Report::Impl::addEvents(const StepRecord& record) {
  if (record.step % stepsPerEvent_ != 0) return;
  std::vector<std::pair<std::string, double>> values;
  for (const auto& [name, value] : record.losses) values.emplace_back("losses/" + name, value);
  values.emplace_back("rates/learning rate", record.learningRate);
  values.emplace_back("rates/images per second", throughput_.imagesPerSecond());
  events_.scalars(record.step, values);
}

void Report::Impl::addEventPictures(std::int64_t step, const std::vector<PictureRow>& rows) {
  if (eventSets_++ % setsPerEventSet_ != 0) return;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const auto& [label, picture] : rows[i].pictures) {
      const std::string png = encodePng(picture);
      events_.image(step, label + "/" + std::to_string(i + 1), picture, png);
      eventBytes_ += png.size();
    }
  if (eventBytes_ < eventPictureBytes) return;
  eventBytes_ = 0;
  setsPerEventSet_ *= 2;
}

void Report::Impl::pictures(int epoch, std::int64_t step, const std::vector<PictureRow>& rows) {
  if (rows.empty()) return;
  addEventPictures(step, rows);
  if (!options_.html) return;
  if (const std::size_t left = gallery_.add(epoch, step, rows); left > 0)
    notice("the page shows " + std::to_string(rows.size() - left) + " of " + std::to_string(rows.size()) +
           " rows of pictures: there is no room for more");
  store_.save(gallery_);
  writePage();
}

void Report::Impl::notice(const std::string& text) {
  progress_.notice(text);
  if (state_.notices.size() >= mostNotices) state_.notices.erase(state_.notices.begin());
  state_.notices.push_back({.time = secondsSince1970(), .step = state_.last.step, .text = text});
}

void Report::Impl::writePage() {
  const auto begin = Clock::now();
  state_.written = secondsSince1970();
  const std::string text = pageText(options_, state_, throughput_, curves_, gallery_);
  writeFileAtomically(options_.folder / "web" / "index.html", std::as_bytes(std::span(text)));
  const auto end = Clock::now();
  nextPage_ = end + std::max<Clock::duration>(betweenPages, (end - begin) * pageShare);
}

void Report::Impl::flush() {
  table_.flush();
  events_.flush();
  if (options_.html) writePage();
}

void Report::Impl::finish() noexcept {
  try {
    const bool finished = throughput_.steps() > 0 && state_.last.step >= throughput_.steps();
    state_.state = finished ? RunState::finished : RunState::stopped;
    progress_.finish(throughput_);
    if (begun_ || state_.written > 0) flush();
  } catch (const std::exception& exception) {
    // The destructor must not throw. An explicit flush() would have thrown; otherwise the terminal is told.
    try {
      progress_.notice(exception.what());
    } catch (const std::exception&) {
      return;  // neither disk nor terminal can be written
    }
  }
}

Report::Report(const ReportOptions& options, std::ostream& terminal, int descriptor)
    : impl_(std::make_unique<Impl>(options, terminal, descriptor)) {}

Report::~Report() {
  impl_->finish();
}

void Report::step(const StepRecord& record) {
  impl_->step(record);
}

void Report::noSteps(const StepRecord& record) {
  impl_->noSteps(record);
}

void Report::pictures(int epoch, std::int64_t step, const std::vector<PictureRow>& rows) {
  impl_->pictures(epoch, step, rows);
}

void Report::notice(const std::string& text) {
  impl_->notice(text);
}

void Report::flush() {
  impl_->flush();
}

}  // namespace cut::trainer
