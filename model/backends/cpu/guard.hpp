// Nothing that is thrown leaves the module.
#pragma once

#include <exception>
#include <new>
#include <utility>

#include "runtime/module.hpp"

namespace cut::cpu {

// What `work` returns, or its exception as a fault.
template <typename T, typename Work>
Result<T> guarded(Work&& work) noexcept {
  try {
    return Result<T>(std::forward<Work>(work)());
  } catch (const Error& error) {
    return Fault{error.kind(), error.what()};
  } catch (const std::bad_alloc&) {
    return Fault{ErrorKind::outOfMemory, "not enough memory for this network at this frame size"};
  } catch (const std::exception& error) {
    return Fault{ErrorKind::internal, error.what()};
  } catch (...) {
    return Fault{ErrorKind::internal, "an unknown exception in engine cpu"};
  }
}

}  // namespace cut::cpu
