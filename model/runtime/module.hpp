// The interface between libcuttranslate and its engine modules. Private: one build, one compiler, no promise
// of stability.
//
// A module is a shared library `libcuttranslate-<name>.so` that exports one symbol, cut_engine_module. Calls
// for a shared model come from its worker thread. Nothing here throws: a module catches everything.
#pragma once

#include <cstdint>
#include <memory>
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

// A value, or why there is none.
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

struct Done {};

struct Translated {
  bool numbers = true;  // false: the network's output holds NaN, and the picture something instead of it
};

// Buffers for frames of one size, and whatever a stream keeps from frame to frame. Sessions of one network
// share its weights and scratch memory; two of them never run at once.
class Session {
 public:
  virtual ~Session() = default;
  // Runs one frame of its own making, so that memory is there and code is warm.
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
  // What loading found out of a network that the file says too little of: a TorchScript program's channels.
  virtual const GeneratorSpec* found() const noexcept { return nullptr; }
  virtual Result<std::unique_ptr<Session>> makeSession(Size size) noexcept = 0;
};

class EngineModule {
 public:
  // `threads` in the options is resolved: at least 1. `engine` is this module's name.
  virtual Result<std::unique_ptr<Network>> load(const ModelFile& model,
                                                const EngineOptions& options) noexcept = 0;
  // As cut::calibrateInt8 has it; on the caller's thread.
  virtual Result<CalibratedInt8> calibrateInt8(const ModelFile& /*model*/, int /*threads*/,
                                               std::span<const ImageView> /*frames*/,
                                               double /*least*/) noexcept {
    return Fault{ErrorKind::unsupported, "this engine has no precision int8"};
  }

 protected:
  ~EngineModule() = default;  // modules live as long as the process
};

// nullptr where the module was built for another interface.
using ModuleEntry = EngineModule* (*)(std::uint32_t interface);

}  // namespace cut
