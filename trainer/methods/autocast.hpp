// Convolutions in bfloat16 for a while.
#pragma once

#include <ATen/autocast_mode.h>
#include <c10/core/Device.h>

namespace cut::trainer {

// While one lives and was asked for, ATen rounds what convolutions and products take to bfloat16. Not nested:
// the narrowed weights are forgotten at its end, because a step may change them before the next.
class Autocast {
 public:
  Autocast(bool wanted, c10::Device device) : wanted_(wanted), type_(device.type()) {
    if (!wanted_) return;
    at::autocast::set_autocast_dtype(type_, at::kBFloat16);
    at::autocast::set_autocast_enabled(type_, true);
  }
  ~Autocast() {
    if (!wanted_) return;
    at::autocast::set_autocast_enabled(type_, false);
    at::autocast::clear_cache();
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool wanted_;
  c10::DeviceType type_;
};

}  // namespace cut::trainer
