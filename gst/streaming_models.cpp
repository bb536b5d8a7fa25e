// Models that take one another's place between two frames.
#include "caps.hpp"
#include "messages.hpp"
#include "properties.hpp"
#include "reject_model.hpp"
#include "streaming.hpp"

#define GST_CAT_DEFAULT modelCategory

namespace cut::gst {

// The engine may hang at a model that is not warm for the frames at hand, which the loader has the time to
// wait for. One with other channels would end the stream if it failed with the caps to come: it is warmed for
// those before they are asked for.
void Streaming::swapModels() {
  auto loaded = state_.takeLoaded();
  if (!loaded) return;
  const int channels = loaded->model->info().spec.inputChannels;
  const bool sameCaps = channels == channelsOf(element_->in_info);
  if (!sameCaps && !neighboursServe(channels)) {
    rejectModel(
        element(), state_, loaded->settings.model,
        Fault{ErrorKind::unsupported,
              "the model takes " + std::to_string(channels) +
                  " channels, and what is before or behind the element has no such video; expected " +
                  (channels == 1 ? "GRAY8" : "RGB or YUV") + " on both sides (videoconvert makes it)"});
  } else if (const GstVideoInfo info = framesOf(channels); !loaded->warmFor(info)) {
    state_.warm(std::move(loaded), info);
  } else if (sameCaps) {
    const bool waited = state_.forgetNext();
    announce(state_.swap(*loaded));
    if (waited) gst_base_transform_reconfigure_sink(base());
  } else {
    GST_INFO_OBJECT(element_, "asking for caps of %d channels", channels);
    state_.swapWithCaps(std::move(loaded));
    gst_base_transform_reconfigure_sink(base());
  }
}

// Those that come in, or what would come in for a model of other channels.
GstVideoInfo Streaming::framesOf(int channels) const {
  const GstVideoInfo& present = element_->in_info;
  if (channels == channelsOf(present)) return present;
  GstVideoInfo info;
  gst_video_info_init(&info);
  gst_video_info_set_format(&info, channels == 1 ? GST_VIDEO_FORMAT_GRAY8 : GST_VIDEO_FORMAT_RGB,
                            static_cast<guint>(present.width), static_cast<guint>(present.height));
  return info;
}

bool Streaming::neighboursServe(int channels) const {
  for (GstPad* pad : {GST_BASE_TRANSFORM_SINK_PAD(base()), GST_BASE_TRANSFORM_SRC_PAD(base())}) {
    const CapsPtr ours(gst_pad_get_pad_template_caps(pad));  // of what takes anything, too
    const CapsPtr caps(gst_pad_peer_query_caps(pad, ours.get()));
    if (!caps || gst_caps_is_empty(servable(caps.get(), channels).get())) return false;
  }
  return true;
}

void Streaming::announce(const ModelSwap& swap) {
  GST_INFO_OBJECT(element_, "model %s in the place of %s", swap.model.c_str(), swap.before.c_str());
  notifyActive(G_OBJECT(element_));
  const auto active = state_.active();
  gst_element_post_message(
      element(),
      gst_message_new_element(
          GST_OBJECT(element_),
          gst_structure_new("cuttranslate-model-updated", "model", G_TYPE_STRING, swap.model.c_str(),
                            "previous", G_TYPE_STRING, swap.before.c_str(), "engine", G_TYPE_STRING,
                            active->engine.c_str(), "device", G_TYPE_STRING, active->device.c_str(),
                            "precision", G_TYPE_STRING, active->precision.c_str(), "loading-time",
                            G_TYPE_UINT64, static_cast<guint64>(swap.seconds * GST_SECOND), nullptr)));
  postNotice(element(), *active);
  emitModelUpdated(G_OBJECT(element_), swap.model);
}

}  // namespace cut::gst
