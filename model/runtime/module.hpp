// SPDX-License-Identifier: MIT
// The interface between libcuttranslate and its engine modules. Private: one build, one compiler, no promise
// of stability.
//
// A module is a shared library `libcuttranslate-<name>.so` that exports one symbol, cut_engine_module. Calls
// for a shared model come from its worker thread. Nothing here throws: a module catches everything.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/image.hpp"
#include "cuttranslate/model_file.hpp"
#include "cuttranslate/yuv.hpp"

namespace cut {

inline constexpr std::uint32_t moduleInterface = 7;
inline constexpr const char* moduleSymbol = "cut_engine_module";

// A value, or the fault instead of it: exceptions do not cross the module's boundary.
template <typename T>
class Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Fault fault) : fault_(std::move(fault)) {}

  T take() && {
    if (!value_) throw Error(fault_.kind, fault_.message);
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
  Fault fault_;
};

// The value of `work`, or what it throws as a fault: no exception may leave a module.
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
    return Fault{ErrorKind::internal, "an unknown exception in the engine module"};
  }
}

struct Done {};

struct Translated {
  bool finite = true;  // false: the network's output holds NaN, so the picture is not valid
};

// Buffers for frames of one size, and the state that a stream keeps between frames. Sessions of one network
// share its weights and scratch memory, so two of them never run at once.
class Session {
 public:
  virtual ~Session() = default;
  // Runs one frame of zeros, so that memory is allocated and code paths are warm.
  virtual Result<Done> warmUp() noexcept = 0;
  virtual Result<Translated> translate(const ImageView& in, const MutableImageView& out) noexcept = 0;
  virtual Result<Translated> translate(const YuvView& in, const MutableYuvView& out) noexcept = 0;
  virtual Result<Done> translate(std::span<const float> in, std::span<float> out) noexcept = 0;
};

// Weights on a device.
class Network {
 public:
  virtual ~Network() = default;
  virtual const ActiveEngine& active() const noexcept = 0;
  // The spec that loading probed where the file does not hold it: the channels of a TorchScript program. Null
  // where the file's spec holds.
  virtual const GeneratorSpec* probedSpec() const noexcept { return nullptr; }
  virtual Result<std::unique_ptr<Session>> makeSession(Size size) noexcept = 0;
};

class EngineModule {
 public:
  // `threads` in the options is resolved: at minPsnr 1. `engine` is this module's name.
  virtual Result<std::unique_ptr<Network>> load(const ModelFile& model,
                                                const EngineOptions& options) noexcept = 0;
  // See cut::calibrateInt8. Runs on the caller's thread.
  virtual Result<CalibratedInt8> calibrateInt8(const ModelFile& /*model*/, int /*threads*/,
                                               std::span<const ImageView> /*frames*/,
                                               double /*minPsnr*/) noexcept {
    return Fault{ErrorKind::unsupported, "this engine has no precision int8"};
  }

 protected:
  ~EngineModule() = default;  // modules live as long as the process
};

// nullptr where the module was built for another interface.
using ModuleEntry = EngineModule* (*)(std::uint32_t interface);

}  // namespace cut
