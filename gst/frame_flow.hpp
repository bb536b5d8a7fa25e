// The frames that are on their way, in order, and what becomes of them.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cuttranslate/error.hpp"
#include "frame.hpp"
#include "frame_translator.hpp"
#include "signal.hpp"

namespace cut::gst {

// What next() found.
struct Step {
  bool interrupted = false;
  std::shared_ptr<Frame> frame;  // done, and released but for its output; nullptr: none is ready
  std::optional<Fault> fault;    // of the engine, whatever became of the frame
  bool failed = false;           // the frame cannot be shown, and that is to end the stream
};

// Of the streaming thread; signal() belongs to all.
class FrameFlow {
 public:
  // An output buffer like the one that a frame began with; nullptr where there is none.
  using MakeOutput = std::function<BufferPtr(GstBuffer* input)>;

  // Translates with `translator` from the next frame on; over `crossfade` frames together with the one
  // before.
  void use(std::shared_ptr<FrameTranslator> translator, const std::string& model, int crossfade);
  // From the next frame on all fail with this: the engine is not ready for `model`.
  void useNone(const Fault& fault, const std::string& model);
  // Forgets everything, frames in the engine too. Returns how many frames were on their way.
  std::size_t clear();
  // Forgets the frames, and what went out last. Returns the same.
  std::size_t flush();

  const std::shared_ptr<FrameTranslator>& translator() const noexcept { return translator_; }
  const std::shared_ptr<Signal>& signal() const noexcept { return signal_; }
  bool empty() const noexcept { return frames_.empty(); }
  std::size_t translating() const;  // frames that the engine has yet to finish
  bool stuck();                     // on a frame that was given up: its output is still the engine's

  // A whole frame whose outcome is decided: it is translated where that says so.
  void begin(const std::shared_ptr<Frame>& frame);
  // The frame before the next one is missing.
  void skip() noexcept { discont_ = true; }

  // The next frame to go out: waits where as many are on their way as may be, or `all` are wanted.
  Step next(bool all, const MakeOutput& makeOutput);

 private:
  void render(const std::shared_ptr<Frame>& frame);
  bool ready(const Frame& frame) const;
  std::optional<Fault> faultOf(const Frame& frame) const;
  void settle(Step& step, bool abandoned, const MakeOutput& makeOutput);
  void paint(Frame& frame);
  void compose(Frame& frame);
  void keep(Frame& frame);

  std::shared_ptr<Signal> signal_ = std::make_shared<Signal>();
  std::shared_ptr<FrameTranslator> translator_;
  Fault none_;  // why there is no translator
  std::string model_;
  std::deque<std::shared_ptr<Frame>> frames_;
  bool discont_ = false;      // before the next frame that begins
  bool discontNext_ = false;  // before the next frame that goes out

  std::shared_ptr<FrameTranslator> fading_;
  int fadingFrames_ = 0;
  int fadingAt_ = 0;

  std::shared_ptr<Frame> abandoned_;    // the engine has not answered in time
  std::unique_ptr<ScratchFrame> last_;  // what went out last, where it may be repeated
};

}  // namespace cut::gst
