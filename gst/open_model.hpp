// A model file as the element can use it.
#pragma once

#include <memory>

#include "settings.hpp"

namespace cut::gst {

// Throws what SharedModel::open and verify throw, invalidArgument where no model is set, and unsupported
// where no video has the model's channels.
std::shared_ptr<SharedModel> openModel(const Settings& settings);

}  // namespace cut::gst
