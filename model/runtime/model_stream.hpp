// One user's stream through a model: its lane on the worker, and its session there.
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
  // Made, used and freed on the worker, which may be busy with it longer than the stream lives.
  struct Place {
    std::shared_ptr<Network> network;
    std::unique_ptr<Session> session;
  };

  static Session& sessionOf(Place& place);

  template <typename View, typename MutableView>
  void postFrame(const View& in, const MutableView& out, Finished finished);
  template <typename Work>
  void post(Work work, Finished finished);
  template <typename Submit>
  static double wait(Submit submit);

  void requireFit(const ImageView& in, const MutableImageView& out) const;
  void requireFit(const YuvView& in, const MutableYuvView& out) const;
  void requireFit(Size in, int inChannels, Size out, int outChannels) const;
  void requireFit(std::span<const float> in, std::span<float> out) const;

  std::shared_ptr<Model> model_;
  std::shared_ptr<Worker::Lane> lane_ = Worker::makeLane();
  std::shared_ptr<Place> place_;
  Size size_;
};

}  // namespace cut
