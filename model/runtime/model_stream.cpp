// SPDX-License-Identifier: MIT
#include "runtime/model_stream.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "cuttranslate/error.hpp"

namespace cut {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int maxSide = 32768;

double seconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// NaN becomes a valid pixel value, so that the picture would not show it.
void requireFinite(const Translated& translated) {
  if (!translated.finite)
    throw Error(ErrorKind::internal,
                "the network's output holds NaN (not a number); the weights are damaged or the engine is "
                "faulty");
}

}  // namespace

ModelStream::ModelStream(std::shared_ptr<Model> model)
    : model_(std::move(model)),
      state_(std::make_shared<WorkerState>(WorkerState{model_->network(), nullptr})) {}

ModelStream::~ModelStream() {
  model_->worker().drop(*queue_);
  model_->worker().post(queue_, [state = std::move(state_)]() mutable { state.reset(); });
}

// Queues `work`, which returns when the engine began, or nothing where it began at once.
template <typename Work>
void ModelStream::post(Work work, Finished finished) {
  const auto posted = Clock::now();
  model_->worker().post(
      queue_, [state = state_, work = std::move(work), finished = std::move(finished), posted] {
        Outcome outcome;
        const auto begun = Clock::now();
        outcome.waited = seconds(begun - posted);
        try {
          const auto from = work(*state);
          outcome.ran = seconds(Clock::now() - from.value_or(begun));
        } catch (const Error& error) {
          outcome.fault = Fault{error.kind(), error.what()};
        } catch (const std::bad_alloc&) {
          outcome.fault = Fault{ErrorKind::outOfMemory, "not enough memory for frames of this size"};
        } catch (const std::exception& error) {
          outcome.fault = Fault{ErrorKind::internal, error.what()};
        }
        finished(outcome);
      });
}

// Calls `submit` with a completion callback and waits for it. Returns the engine's seconds, or throws the
// fault.
template <typename Submit>
double ModelStream::wait(Submit submit) {
  // Shared: the worker may still be inside set_value() when the waiting thread goes on.
  const auto promise = std::make_shared<std::promise<Outcome>>();
  submit([promise](const Outcome& outcome) { promise->set_value(outcome); });
  const Outcome outcome = promise->get_future().get();
  if (outcome.fault) throw Error(outcome.fault->kind, outcome.fault->message);
  return outcome.ran;
}

void ModelStream::configureAsync(Size size, WarmUp warmUp, Finished finished) {
  if (size.width < 1 || size.height < 1 || size.width > maxSide || size.height > maxSide)
    throw Error(ErrorKind::invalidArgument, "frames of " + std::to_string(size.width) + "x" +
                                                std::to_string(size.height) +
                                                " pixels; expected sides of 1 to " + std::to_string(maxSide));
  size_ = size;
  const auto work = [size, warmUp](WorkerState& state) {
    state.session.reset();
    auto session = state.network->makeSession(size).take();
    const auto from = Clock::now();
    if (warmUp == WarmUp::frame) session->warmUp().take();
    state.session = std::move(session);
    return std::optional(from);
  };
  post(work, std::move(finished));
}

template <typename View, typename MutableView>
void ModelStream::postTranslate(const View& in, const MutableView& out, Finished finished) {
  requireMatch(in, out);
  const auto work = [in, out](WorkerState& state) {
    requireFinite(sessionOf(state).translate(in, out).take());
    return std::optional<Clock::time_point>();
  };
  post(work, std::move(finished));
}

void ModelStream::translateAsync(const ImageView& in, const MutableImageView& out, Finished finished) {
  postTranslate(in, out, std::move(finished));
}

void ModelStream::translateAsync(const YuvView& in, const MutableYuvView& out, Finished finished) {
  postTranslate(in, out, std::move(finished));
}

double ModelStream::configure(Size size, WarmUp warmUp) {
  return wait([&](Finished finished) { configureAsync(size, warmUp, std::move(finished)); });
}

void ModelStream::translate(const ImageView& in, const MutableImageView& out) {
  wait([&](Finished finished) { translateAsync(in, out, std::move(finished)); });
}

void ModelStream::translate(const YuvView& in, const MutableYuvView& out) {
  wait([&](Finished finished) { translateAsync(in, out, std::move(finished)); });
}

void ModelStream::translate(std::span<const float> in, std::span<float> out) {
  requireMatch(in, out);
  const auto work = [in, out](WorkerState& state) {
    sessionOf(state).translate(in, out).take();
    return std::optional<Clock::time_point>();
  };
  wait([&](Finished finished) { post(work, std::move(finished)); });
}

Session& ModelStream::sessionOf(WorkerState& state) {
  if (!state.session)
    throw Error(ErrorKind::invalidArgument, "translate before configure: the frame's size is not known");
  return *state.session;
}

void ModelStream::requireMatch(const ImageView& in, const MutableImageView& out) const {
  requireMatch({in.width, in.height}, in.layout.channels, {out.width, out.height}, out.layout.channels);
}

void ModelStream::requireMatch(const YuvView& in, const MutableYuvView& out) const {
  in.format.validate();
  out.format.validate();
  requireMatch({in.width, in.height}, 3, {out.width, out.height}, 3);
}

void ModelStream::requireMatch(Size in, int inChannels, Size out, int outChannels) const {
  const GeneratorSpec& spec = model_->info().spec;
  if (in == size_ && out == size_ && inChannels == spec.inputChannels && outChannels == spec.outputChannels)
    return;
  throw Error(ErrorKind::invalidArgument,
              "a frame of another size or other channels than configured: expected " +
                  std::to_string(size_.width) + "x" + std::to_string(size_.height) + ", " +
                  std::to_string(spec.inputChannels) + " -> " + std::to_string(spec.outputChannels) +
                  " channels; got " + std::to_string(in.width) + "x" + std::to_string(in.height) + " with " +
                  std::to_string(inChannels));
}

void ModelStream::requireMatch(std::span<const float> in, std::span<float> out) const {
  const GeneratorSpec& spec = model_->info().spec;
  const std::size_t pixels = static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height);
  if (pixels > 0 && in.size() == pixels * static_cast<std::size_t>(spec.inputChannels) &&
      out.size() == pixels * static_cast<std::size_t>(spec.outputChannels))
    return;
  throw Error(ErrorKind::invalidArgument, "planes of " + std::to_string(in.size()) + " and " +
                                              std::to_string(out.size()) + " floats for " +
                                              std::to_string(pixels) + " pixels of " +
                                              std::to_string(spec.inputChannels) + " -> " +
                                              std::to_string(spec.outputChannels) + " channels");
}

}  // namespace cut
