// SPDX-License-Identifier: MIT
// Autocast of convolutions to bfloat16, as a scope.
#pragma once

#include <ATen/autocast_mode.h>
#include <c10/core/Device.h>

namespace cut::trainer {

// While one lives and is enabled, ATen casts the inputs of convolutions and matrix products to bfloat16. Not
// nested: the cache of cast weights is cleared at its end, because a step may change them before the next.
class Autocast {
 public:
  Autocast(bool enabled, c10::Device device) : enabled_(enabled), type_(device.type()) {
    if (!enabled_) return;
    at::autocast::set_autocast_dtype(type_, at::kBFloat16);
    at::autocast::set_autocast_enabled(type_, true);
  }
  ~Autocast() {
    if (!enabled_) return;
    at::autocast::set_autocast_enabled(type_, false);
    at::autocast::clear_cache();
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool enabled_;
  c10::DeviceType type_;
};

}  // namespace cut::trainer
