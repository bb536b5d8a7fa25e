// Frames of one kind of caps through a stream of a model.
#pragma once

#include <gst/video/video.h>

#include <memory>
#include <optional>

#include "cuttranslate/engine.hpp"
#include "frame.hpp"
#include "frame_view.hpp"
#include "handles.hpp"
#include "signal.hpp"

namespace cut::gst {

// Whether the engine is ready, and the seconds that the warm-up's frame took.
struct Prepared {
  Woken woken = Woken::ready;
  double seconds = 0;
};

// Used by one thread at a time.
class FrameTranslator : public std::enable_shared_from_this<FrameTranslator> {
 public:
  // Throws unsupported for frames that it cannot serve, and outOfMemory.
  FrameTranslator(std::shared_ptr<SharedModel> model, const GstVideoInfo& info);

  // Makes the engine ready for frames like these, and waits for that until `deadline`, or `signal` is
  // interrupted; called again, it goes on waiting. Throws what Stream::configure throws; called again after
  // that, it asks again.
  Prepared prepare(WarmUp warmUp, const std::shared_ptr<Signal>& signal,
                   std::optional<Signal::Clock::time_point> deadline = {});
  bool asked() const noexcept { return outcome_ != nullptr; }  // the engine has not answered, or is ready

  // Asks the engine for `rendering`, one of the frame's, whose target is set and holds the picture when
  // `signal` is changed.
  void begin(const std::shared_ptr<Frame>& frame, Rendering& rendering,
             const std::shared_ptr<Signal>& signal);

  const std::shared_ptr<SharedModel>& model() const noexcept { return model_; }
  const GstVideoInfo& info() const noexcept { return info_; }

 private:
  std::shared_ptr<SharedModel> model_;
  GstVideoInfo info_;
  PixelFormat format_;
  std::unique_ptr<Stream> stream_;
  std::shared_ptr<std::optional<Outcome>> outcome_;  // of preparing; what it holds: guarded by the signal
};

}  // namespace cut::gst
