// SPDX-License-Identifier: MIT
#include "fake_control.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace cut::test {

FakeControl& fakeControl() {
  static FakeControl& control = [&]() -> FakeControl& {
    const char* folder = std::getenv("CUT_MODULE_PATH");
    void* module = dlopen((std::string(folder ? folder : "") + "/libcuttranslate-torch.so").c_str(),
                          RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    void* get = module ? dlsym(module, "cut_fake_control") : nullptr;
    if (!get) throw std::runtime_error("CUT_MODULE_PATH names no folder of the fake module");
    return *reinterpret_cast<FakeControl* (*)()>(get)();
  }();
  return control;
}

void resetFake() {
  FakeControl& control = fakeControl();
  control.only = everyNetwork;
  control.fault = FrameFault::none;
  control.onlyByte = everyFrame;
  control.frameMs = 0;
  control.loadMs = 0;
  control.notices = false;
  control.hang = false;
  control.hangLoad = false;
}

}  // namespace cut::test
