// SPDX-License-Identifier: MIT
// An engine module for tests, under the name of the real one: it turns colours around (-x) and loads no
// library. A model whose origin is "constant N" gives pixels of N. It fails as it is told: by
// fake_control.hpp while it runs, or by CUT_FAKE_FAULT: load, session, translate (each with an error), memory
// (out of memory).
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "cuttranslate/export.hpp"
#include "fake_control.hpp"
#include "kernels/image/yuv_conversion.hpp"
#include "runtime/module.hpp"

namespace cut::test {
namespace {

FakeControl& control() {
  static auto& forever = *new FakeControl;
  return forever;
}

void sleepMs(int ms) {
  if (ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

bool faultIs(std::string_view fault) {
  const char* wanted = std::getenv("CUT_FAKE_FAULT");
  return wanted && fault == wanted;
}

bool isMeant(int constant) {
  const int only = control().only;
  return only == everyNetwork || only == constant;
}

void takeTime(int ms, const std::atomic<bool>& hang, std::atomic<int>& hanging) {
  sleepMs(ms);
  ++hanging;
  while (hang) sleepMs(1);
  --hanging;
}

void takeTimeOfFrame(int constant) {
  ++control().frames;
  if (isMeant(constant)) takeTime(control().frameMs, control().hang, control().hanging);
}

FrameFault faultOf(int constant, std::uint8_t firstByte) {
  const int byte = control().onlyByte;
  const bool meant = isMeant(constant) && (byte == everyFrame || byte == firstByte);
  return meant ? control().fault.load() : FrameFault::none;
}

// -1: the opposite of the input.
int constantOf(const ModelFile& model) {
  constexpr std::string_view prefix = "constant ";
  return model.origin.starts_with(prefix) ? std::stoi(model.origin.substr(prefix.size())) : -1;
}

class FakeSession final : public Session {
 public:
  FakeSession(GeneratorSpec spec, int constant) : spec_(std::move(spec)), constant_(constant) {
    ++control().sessions;
  }
  ~FakeSession() override { --control().sessions; }
  FakeSession(const FakeSession&) = delete;
  FakeSession& operator=(const FakeSession&) = delete;

  Result<Done> warmUp() noexcept override {
    takeTimeOfFrame(constant_);
    return Done{};
  }

  Result<Translated> translate(const ImageView& in, const MutableImageView& out) noexcept override {
    return frame(in.data[0], [&] { draw(in, out); });
  }

  Result<Translated> translate(const YuvView& in, const MutableYuvView& out) noexcept override {
    return frame(in.planes[0][0], [&] { draw(in, out); });
  }

  Result<Done> translate(std::span<const float> in, std::span<float> out) noexcept override {
    const std::size_t plane = in.size() / static_cast<std::size_t>(spec_.inputChannels);
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = -in[i / plane % static_cast<std::size_t>(spec_.inputChannels) * plane + i % plane];
    return Done{};
  }

 private:
  // As real modules do: what is thrown inside becomes a fault.
  template <typename Draw>
  Result<Translated> frame(std::uint8_t firstByte, const Draw& drawPicture) noexcept {
    try {
      takeTimeOfFrame(constant_);
      const FrameFault fault = faultOf(constant_, firstByte);
      if (fault == FrameFault::error || faultIs("translate"))
        return Fault{ErrorKind::internal, "the fake engine fails as told"};
      if (fault == FrameFault::throws) throw std::runtime_error("the fake engine throws as told");
      if (fault == FrameFault::memory) throw std::bad_alloc();
      drawPicture();
      return Translated{fault != FrameFault::nan};
    } catch (const std::bad_alloc&) {
      return Fault{ErrorKind::outOfMemory, "the fake engine has no memory as told"};
    } catch (const std::exception& error) {
      return Fault{ErrorKind::internal, error.what()};
    }
  }

  // By the kernels of the real modules.
  void draw(const YuvView& in, const MutableYuvView& out) const {
    const Size size{in.width, in.height};
    std::vector<float> pixels(std::size_t{3} * static_cast<std::size_t>(in.width) *
                              static_cast<std::size_t>(in.height));
    const cpu::MutableFloatImage image{pixels.data(), 1, std::ptrdiff_t{3} * in.width, 3};
    cpu::unpack(in, image, size, cpu::serialFor);
    const float constant = static_cast<float>(constant_) / 127.5F - 1.0F;
    for (float& value : pixels) value = constant_ >= 0 ? constant : -value;
    cpu::pack({image.data, 1, image.rowStride, 3}, in, out, cpu::serialFor);
  }

  void draw(const ImageView& in, const MutableImageView& out) const {
    for (int y = 0; y < in.height; ++y)
      for (int x = 0; x < in.width; ++x) {
        const std::uint8_t* from = in.data + y * in.stride + x * in.layout.pixelStride;
        std::uint8_t* to = out.data + y * out.stride + x * out.layout.pixelStride;
        for (int c = 0; c < out.layout.channels; ++c)
          to[out.layout.offset[c]] = static_cast<std::uint8_t>(
              constant_ >= 0 ? constant_ : 255 - from[in.layout.offset[c % in.layout.channels]]);
        if (out.layout.alpha >= 0 && in.layout.alpha >= 0) to[out.layout.alpha] = from[in.layout.alpha];
      }
  }

  GeneratorSpec spec_;
  int constant_;
};

class FakeNetwork final : public Network {
 public:
  FakeNetwork(const ModelFile& model, const EngineOptions& options)
      : spec_(model.spec), constant_(constantOf(model)), active_{"fake", "cpu", "fp32", options.threads, {}} {
    if (control().notices) active_.notice = "the fake engine says so";
    ++control().networks;
    ++control().loads;
  }
  ~FakeNetwork() override { --control().networks; }
  FakeNetwork(const FakeNetwork&) = delete;
  FakeNetwork& operator=(const FakeNetwork&) = delete;

  const ActiveEngine& active() const noexcept override { return active_; }

  Result<std::unique_ptr<Session>> makeSession(Size) noexcept override {
    if (faultIs("session")) return Fault{ErrorKind::outOfMemory, "the fake engine has no memory as told"};
    return std::unique_ptr<Session>(std::make_unique<FakeSession>(spec_, constant_));
  }

 private:
  GeneratorSpec spec_;
  int constant_;
  ActiveEngine active_;
};

class FakeModule final : public EngineModule {
 public:
  Result<std::unique_ptr<Network>> load(const ModelFile& model,
                                        const EngineOptions& options) noexcept override {
    if (isMeant(constantOf(model))) takeTime(control().loadMs, control().hangLoad, control().hangingLoads);
    if (faultIs("load")) return Fault{ErrorKind::internal, "the fake engine does not load as told"};
    if (faultIs("memory")) return Fault{ErrorKind::outOfMemory, "the fake engine has no memory as told"};
    if (options.device.starts_with("cuda"))
      return Fault{ErrorKind::noDevice,
                   "device " + options.device + " is not available: the fake engine has none"};
    if (options.precision != Precision::automatic && options.precision != Precision::fp32)
      return Fault{ErrorKind::unsupported,
                   "precision " + std::string(nameOf(options.precision)) + " is not built"};
    return std::unique_ptr<Network>(std::make_unique<FakeNetwork>(model, options));
  }
};

}  // namespace
}  // namespace cut::test

extern "C" CUT_API cut::EngineModule* cut_engine_module(std::uint32_t interface) {
  static auto& module = *new cut::test::FakeModule;
  return interface == cut::moduleInterface ? &module : nullptr;
}

extern "C" CUT_API cut::test::FakeControl* cut_fake_control() {
  return &cut::test::control();
}
