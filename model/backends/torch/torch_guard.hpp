// SPDX-License-Identifier: MIT
// Turns the exceptions of LibTorch into faults: none may leave the module.
#pragma once

#include <c10/util/Exception.h>

#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/module.hpp"

namespace cut::torch_engine {

inline Fault faultOf(const c10::Error& error) {
  const std::string message = error.what_without_backtrace();
  const bool memory = dynamic_cast<const c10::OutOfMemoryError*>(&error) ||
                      message.find("not enough memory") != std::string::npos ||
                      message.find("can't allocate memory") != std::string::npos;
  return {memory ? ErrorKind::outOfMemory : ErrorKind::internal, "LibTorch: " + message};
}

// The value of `work`, or its exception as a fault.
template <typename T, typename Work>
Result<T> guarded(Work&& work) noexcept {
  try {
    return Result<T>(std::forward<Work>(work)());
  } catch (const Error& error) {
    return Fault{error.kind(), error.what()};
  } catch (const c10::Error& error) {
    return faultOf(error);
  } catch (const std::bad_alloc&) {
    return Fault{ErrorKind::outOfMemory, "not enough memory for this network at this frame size"};
  } catch (const std::exception& error) {
    return Fault{ErrorKind::internal, error.what()};
  } catch (...) {
    return Fault{ErrorKind::internal, "an unknown exception in LibTorch"};
  }
}

}  // namespace cut::torch_engine
