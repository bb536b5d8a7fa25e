// SPDX-License-Identifier: MIT
// Turns the exceptions of LibTorch into faults: none may leave the module.
#pragma once

#include <c10/util/Exception.h>

#include <string>

#include "runtime/module.hpp"

namespace cut::torch_engine {

inline Error errorOf(const c10::Error& error) {
  const std::string message = error.what_without_backtrace();
  const bool memory = dynamic_cast<const c10::OutOfMemoryError*>(&error) ||
                      message.find("not enough memory") != std::string::npos ||
                      message.find("can't allocate memory") != std::string::npos;
  return {memory ? ErrorKind::outOfMemory : ErrorKind::internal, "LibTorch: " + message};
}

// The value of `work`, or its exception as a fault.
template <typename T, typename Work>
Result<T> guarded(Work&& work) noexcept {
  return cut::guarded<T>([&]() -> decltype(work()) {
    try {
      return work();
    } catch (const c10::Error& error) {
      throw errorOf(error);
    }
  });
}

}  // namespace cut::torch_engine
