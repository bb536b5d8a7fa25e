// SPDX-License-Identifier: MIT
// A stream: a queue of the model's worker, and the session that its tasks run in.
#pragma once

#include <memory>

#include "cuttranslate/engine.hpp"
#include "runtime/model.hpp"

namespace cut {

class ModelStream final : public Stream {
 public:
  explicit ModelStream(std::shared_ptr<Model> model);
  ~ModelStream() override;
  ModelStream(const ModelStream&) = delete;
  ModelStream& operator=(const ModelStream&) = delete;

  void configureAsync(Size size, WarmUp warmUp, Finished finished) override;
  void translateAsync(const ImageView& in, const MutableImageView& out, Finished finished) override;
  void translateAsync(const YuvView& in, const MutableYuvView& out, Finished finished) override;

  double configure(Size size, WarmUp warmUp) override;
  void translate(const ImageView& in, const MutableImageView& out) override;
  void translate(const YuvView& in, const MutableYuvView& out) override;
  void translate(std::span<const float> in, std::span<float> out) override;

 private:
  // Made, used and freed on the worker thread, whose running task may outlive the stream.
  struct WorkerState {
    std::shared_ptr<Network> network;
    std::unique_ptr<Session> session;
  };

  static Session& sessionOf(WorkerState& state);

  template <typename View, typename MutableView>
  void postTranslate(const View& in, const MutableView& out, Finished finished);
  template <typename Work>
  void post(Work work, Finished finished);
  template <typename Submit>
  static double wait(Submit submit);

  void requireMatch(const ImageView& in, const MutableImageView& out) const;
  void requireMatch(const YuvView& in, const MutableYuvView& out) const;
  void requireMatch(Size in, int inChannels, Size out, int outChannels) const;
  void requireMatch(std::span<const float> in, std::span<float> out) const;

  std::shared_ptr<Model> model_;
  std::shared_ptr<Worker::Queue> queue_ = Worker::makeQueue();
  std::shared_ptr<WorkerState> state_;
  Size size_;
};

}  // namespace cut
