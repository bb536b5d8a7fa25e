#include "reject_model.hpp"

#include "messages.hpp"
#include "properties.hpp"

#define GST_CAT_DEFAULT modelCategory

namespace cut::gst {

void rejectModel(GstElement* element, TranslateState& state, const std::string& model, const Fault& fault) {
  GST_WARNING_OBJECT(element, "model %s is not taken: %s", model.c_str(), fault.message.c_str());
  state.reject(model);
  postWarning(element, fault, "changing the model");
  notifyModel(G_OBJECT(element));
}

}  // namespace cut::gst
