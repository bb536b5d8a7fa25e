// SPDX-License-Identifier: MIT
#include "trainer/loop/training.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <thread>
#include <utility>

#include "backends/torch/device/caching_allocator.hpp"
#include "backends/torch/device/torch_device.hpp"
#include "cuttranslate/error.hpp"
#include "trainer/data/random.hpp"
#include "trainer/loop/run_files.hpp"
#include "trainer/loop/stop_signal.hpp"
#include "trainer/methods/make_method.hpp"
#include "trainer/report/numbers.hpp"

namespace cut::trainer {
namespace {

constexpr int previewRows = 3;

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

RateOptions rateOptions(const TrainOptions& options) {
  RateOptions rate;
  rate.policy = options.lrPolicy;
  rate.initial = options.lr;
  rate.epochs = options.nEpochs;
  rate.decayEpochs = options.nEpochsDecay;
  rate.decayInterval = options.lrDecayIters;
  rate.referenceQuirks = options.referenceQuirks;
  return rate;
}

c10::Device prepareDevice(const TrainOptions& options) {
  const c10::Device device = device::deviceFromName(options.device);
  if (options.threads > 0) at::set_num_threads(options.threads);
  return device;
}

// A continued run keeps its seed, and with it the data order and random draws.
TrainOptions withSeed(TrainOptions options, const std::optional<Checkpoint>& found) {
  if (found) options.seed = found->progress.seed;
  return options;
}

// Dropout and StyleGAN2's noise draw from LibTorch's default generator: a function of the step, as all else.
void seedDefaultGenerator(Random random) {
  at::manual_seed(random.next());
}

TrainingPairs trainingPairs(const PairSource& dataset) {
  return {dataset.size(), [&dataset](std::int64_t i) {
            const Pair pair = dataset.get(/*epoch=*/1, i);
            return std::pair(toTensor(pair.a, at::kCPU), toTensor(pair.b, at::kCPU));
          }};
}

// Losses beside the names of their columns; zeros for a step that was not made.
std::vector<std::pair<std::string, double>> namedLosses(const Method& method, const StepResult& result = {}) {
  std::vector<std::pair<std::string, double>> named;
  for (const LossColumn& column : method.lossColumns())
    named.emplace_back(column.name, named.size() < result.losses.size() ? result.losses[named.size()] : 0);
  return named;
}

}  // namespace

Training::Training(const TrainOptions& options)
    : resumedFrom_(findCheckpoint(options)),
      options_(withSeed(options, resumedFrom_)),
      device_(prepareDevice(options)),
      dataset_(makeDataset(options_, [this](const std::string& sentence) { notices_.add(sentence); })),
      method_(makeMethod(options_, device_)),
      warmUp_(method_->warmUp()),
      rate_(rateOptions(options)),
      stepsPerEpoch_(Loader::batchesPerEpoch(*dataset_, loaderOptions(options_))) {
  progress_.seed = options_.seed;
  progress_.epoch = options_.epochCount;
  progress_.stepsPerEpoch = stepsPerEpoch_;
  for (const std::string& sentence : method_->initialiseFromData(trainingPairs(*dataset_)))
    notices_.add(sentence);
  if (options_.ema > 0) average_.emplace(method_->generator(), options_.ema);
  if (options_.seed != options.seed)
    notices_.add("the run goes on with its own --seed " + std::to_string(options_.seed));
  restore();
}

Ending Training::run(std::ostream& terminal, int descriptor) {
  ignoreBrokenPipes();
  loadPreviews(terminal);
  prepareFolder();
  started_ = saved_ = Clock::now();
  stepsAtStart_ = progress_.steps;
  openReport(terminal, descriptor);
  if (const int epochs = options_.nEpochs + options_.nEpochsDecay; progress_.epoch > epochs)
    report_->notice("nothing is left of its " + std::to_string(epochs) +
                    " epochs; a larger --n_epochs or --n_epochs_decay goes on");
  catchStopSignals();
  std::optional<Ending> ending;
  try {
    const device::CachingAllocatorScope caching;
    ending = warmUp();
    if (!ending) ending = train();
  } catch (const Error& error) {
    reportNotices();
    // The weights are saved unless they are what went wrong: internal is a loss that is not finite.
    if (error.kind() != ErrorKind::internal) save();
    throw;
  }
  writeOrNotice([this] { reportPreviews(); });
  if (progress_.steps == 0) report_->noSteps({.losses = namedLosses(*method_)});
  save();
  if (const auto skipped = dataset_->skipped(); skipped > 0)
    report_->notice(std::to_string(skipped) + (skipped == 1 ? " image" : " images") +
                    " could not be used and " + (skipped == 1 ? "was" : "were") + " skipped");
  report_.reset();  // prints its last line before main prints the result
  return *ending;
}

// Called before prepareFolder: a run without a readable image must not move an earlier run of its name.
void Training::loadPreviews(std::ostream& terminal) {
  try {
    previews_.emplace(*dataset_, previewRows, device_, options_.similarityPoints);
  } catch (const Error&) {
    for (const std::string& sentence : notices_.take()) terminal << sentence << '\n';
    throw;
  }
}

std::optional<Ending> Training::warmUp() {
  if (!warmUp_ || progress_.steps > 0 || progress_.warmupSteps >= options_.warmupSteps) return std::nullopt;
  LoaderOptions loading = loaderOptions(options_);
  loading.firstBatch = progress_.warmupSteps;
  loading.endBatch = options_.warmupSteps;
  DeviceBatches batches(*dataset_, loading, device_);
  const std::string& name = warmUp_->lossColumns()[warmUp_->objectiveIndex()].name;
  while (const auto batch = batches.next()) {
    const double loss = warmUpStep(*batch);
    if (!std::isfinite(loss))
      throw Error(ErrorKind::internal, "the loss " + name + " of warm-up step " +
                                           std::to_string(batch->number + 1) + " is " + std::to_string(loss) +
                                           "; the run ends here. " + lastGoodState(checkpointFile(options_)));
    ++progress_.warmupSteps;
    const std::int64_t images = progress_.warmupSteps * options_.batchSize;
    if (isDue(images - options_.batchSize, images, options_.printFreq) ||
        progress_.warmupSteps == options_.warmupSteps)
      notices_.add("warm-up: step " + std::to_string(progress_.warmupSteps) + " of " +
                   std::to_string(options_.warmupSteps) + ", " + name + " " + std::to_string(loss));
    reportNotices();
    if (isDue(images - options_.batchSize, images, options_.saveLatestFreq) || isTimeToSave()) saveOrNotice();
    if (const auto ending = reachedLimit()) {
      resetAverage();
      return ending;
    }
  }
  resetAverage();
  writeOrNotice([this] { reportPreviews(); });
  return std::nullopt;
}

// The average begins with the weights that the warm-up reached.
void Training::resetAverage() {
  if (average_) average_.emplace(method_->generator(), options_.ema);
}

double Training::warmUpStep(const DeviceBatch& batch) {
  Random random(progress_.seed, batch.epoch, batch.index, Purpose::warmUp);
  at::Generator draws = at::make_generator<at::CPUGeneratorImpl>(random.next());
  seedDefaultGenerator(random);
  warmUp_->setLearningRate(warmUpRate(batch.number, options_.warmupSteps));
  const StepResult result = warmUp_->step({batch.a, batch.b, std::move(draws)});
  return result.losses[warmUp_->objectiveIndex()];
}

Ending Training::train() {
  LoaderOptions loading = loaderOptions(options_);
  loading.firstBatch = (progress_.epoch - 1) * stepsPerEpoch_ + progress_.stepOfEpoch;
  loading.endBatch = std::int64_t{options_.nEpochs + options_.nEpochsDecay} * stepsPerEpoch_;
  DeviceBatches batches(*dataset_, loading, device_);
  while (true) {
    const auto asked = Clock::now();
    const auto batch = batches.next();
    if (!batch) return Ending::finished;
    const double secondsOfData = secondsSince(asked);
    const auto began = Clock::now();
    const StepResult result = runStep(*batch);
    reportStep(result, secondsSince(began), secondsOfData);
    saveAndShowIfDue();
    if (const auto ending = reachedLimit()) return *ending;
  }
}

StepResult Training::runStep(const DeviceBatch& batch) {
  Random random(progress_.seed, batch.epoch, batch.index, Purpose::step);
  at::Generator draws = at::make_generator<at::CPUGeneratorImpl>(random.next());
  seedDefaultGenerator(random);
  method_->setLearningRate(rate_.at(static_cast<int>(batch.epoch)));
  const StepResult result = method_->step({.realA = batch.a,
                                           .realB = batch.b,
                                           .random = std::move(draws),
                                           .epoch = batch.epoch,
                                           .epochs = std::int64_t{options_.nEpochs} + options_.nEpochsDecay,
                                           .imagesA = batch.imagesA,
                                           .imagesB = batch.imagesB});
  checkFinite(result);
  if (average_) average_->update();
  ++progress_.steps;
  ++progress_.stepOfEpoch;
  progress_.lossOfEpoch += result.losses[method_->objectiveIndex()];
  if (average_) progress_.averaged = average_->steps();
  return result;
}

void Training::checkFinite(const StepResult& result) const {
  auto named = namedLosses(*method_, result);
  // The objective comes last: which of its terms is not finite says more.
  std::rotate(named.begin() + static_cast<std::ptrdiff_t>(method_->objectiveIndex()),
              named.begin() + static_cast<std::ptrdiff_t>(method_->objectiveIndex()) + 1, named.end());
  for (const auto& [name, value] : named) {
    if (std::isfinite(value)) continue;
    throw Error(ErrorKind::internal, "the loss " + name + " of step " + std::to_string(progress_.steps + 1) +
                                         " (epoch " + std::to_string(progress_.epoch) + ") is " +
                                         std::to_string(value) + "; the run ends here. " +
                                         lastGoodState(checkpointFile(options_)));
  }
}

void Training::reportStep(const StepResult& result, double secondsOfStep, double secondsOfData) {
  reportNotices();
  StepRecord record;
  record.step = progress_.steps;
  record.images = progress_.steps * options_.batchSize;
  record.epoch = static_cast<int>(progress_.epoch);
  record.stepOfEpoch = progress_.stepOfEpoch;
  record.learningRate = rate_.at(record.epoch);
  record.secondsOfStep = secondsOfStep;
  record.secondsOfData = secondsOfData;
  record.losses = namedLosses(*method_, result);
  // Where the first step cannot be written, the run ends instead of training for nothing.
  if (progress_.steps == stepsAtStart_ + 1) return report_->step(record);
  writeOrNotice([&] { report_->step(record); });
}

void Training::endEpoch() {
  rate_.epochEnded(progress_.lossOfEpoch / static_cast<double>(stepsPerEpoch_));
  progress_.rate = rate_.state();
  progress_.lossOfEpoch = 0;
  progress_.stepOfEpoch = 0;
  ++progress_.epoch;
}

void Training::saveAndShowIfDue() {
  const bool epochEnded = progress_.stepOfEpoch == stepsPerEpoch_;
  const std::int64_t epoch = progress_.epoch;
  if (crossed(options_.displayFreq)) writeOrNotice([this] { reportPreviews(); });
  if (crossed(options_.updateHtmlFreq)) writeOrNotice([this] { report_->flush(); });
  if (epochEnded) endEpoch();
  const bool byEpoch = epochEnded && options_.saveEpochFreq > 0 && epoch % options_.saveEpochFreq == 0;
  const bool byImages = crossed(options_.saveLatestFreq);
  if (byEpoch || byImages || isTimeToSave()) saveOrNotice();
  const auto writeNumbered = [this](const std::string& number) {
    writeOrNotice([&] { writeNetworks(options_.folder(), number, *method_, average()); });
  };
  if (byEpoch) writeNumbered(std::to_string(epoch));
  if (byImages && options_.saveByIter)
    writeNumbered("iter_" + std::to_string(progress_.steps * options_.batchSize));
}

// The reference saves and displays only where the image count is a multiple of the frequency.
bool Training::crossed(std::int64_t frequency) const {
  if (frequency <= 0) return false;
  const std::int64_t images = progress_.steps * options_.batchSize;
  if (options_.referenceQuirks) return images % frequency == 0;
  return isDue(images - options_.batchSize, images, frequency);
}

bool Training::isTimeToSave() const {
  return options_.saveMinutes > 0 && secondsSince(saved_) > options_.saveMinutes * 60;
}

std::optional<Ending> Training::reachedLimit() const {
  if (stopSignal() != 0) return Ending::stopped;
  if (options_.maxHours > 0 && secondsSince(started_) >= options_.maxHours * 3600) return Ending::timeIsUp;
  if (options_.maxSteps > 0 && progress_.steps - stepsAtStart_ >= options_.maxSteps)
    return Ending::enoughSteps;
  return std::nullopt;
}

void Training::reportPreviews() {
  // Between epochs the progress already names the next one; the pictures belong to the one before.
  const bool between = progress_.stepOfEpoch == 0 && progress_.steps > 0;
  report_->pictures(static_cast<int>(progress_.epoch - (between ? 1 : 0)), progress_.steps,
                    previews_->rows(*method_, average()));
}

void Training::reportNotices() {
  for (const std::string& sentence : notices_.take()) report_->notice(sentence);
}

StateDict Training::average() const {
  return average_ ? average_->weights() : StateDict();
}

}  // namespace cut::trainer
