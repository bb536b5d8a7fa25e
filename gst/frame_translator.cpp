#include "frame_translator.hpp"

#include "caps.hpp"
#include "cuttranslate/error.hpp"

namespace cut::gst {

FrameTranslator::FrameTranslator(std::shared_ptr<SharedModel> model, const GstVideoInfo& info)
    : model_(std::move(model)), info_(info), format_(pixelFormat(info)) {
  if (const char* why = refusal(info)) throw Error(ErrorKind::unsupported, why);
  stream_ = model_->makeStream();
}

Prepared FrameTranslator::prepare(WarmUp warmUp, const std::shared_ptr<Signal>& signal,
                                  std::optional<Signal::Clock::time_point> deadline) {
  if (!outcome_) {
    const auto outcome = std::make_shared<std::optional<Outcome>>();
    stream_->configureAsync(
        {GST_VIDEO_INFO_WIDTH(&info_), GST_VIDEO_INFO_HEIGHT(&info_)}, warmUp,
        [signal, outcome](const Outcome& result) { signal->change([&] { *outcome = result; }); });
    outcome_ = outcome;
  }
  const Woken woken = signal->wait([this] { return outcome_->has_value(); }, deadline);
  if (woken != Woken::ready) return {woken, 0};
  const Outcome outcome = signal->look([this] { return **outcome_; });
  if (!outcome.fault) return {woken, outcome.ran};
  outcome_.reset();
  throw Error(outcome.fault->kind, outcome.fault->message);
}

void FrameTranslator::begin(const std::shared_ptr<Frame>& frame, Rendering& rendering,
                            const std::shared_ptr<Signal>& signal) {
  rendering.by = shared_from_this();
  const auto finished = [frame, &rendering, signal](const Outcome& outcome) {
    signal->change([&] {
      rendering.outcome = outcome;
      rendering.finished = true;
    });
  };
  std::visit(
      [&](const auto& format) {
        stream_->translateAsync(viewOf(*frame->from->get(), format), mutableViewOf(*rendering.target, format),
                                finished);
      },
      format_);
}

}  // namespace cut::gst
