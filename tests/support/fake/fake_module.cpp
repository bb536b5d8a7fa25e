// An engine module for tests, under the name of the real one: it turns colours around (-x) and loads no
// library. CUT_FAKE_FAULT makes it fail: load, session, translate (each with an error), memory (out of
// memory).
#include <cstdlib>
#include <string_view>
#include <utility>

#include "cut/export.hpp"
#include "engine/module.hpp"

namespace cut::test {
namespace {

bool faultIs(std::string_view fault) {
  const char* wanted = std::getenv("CUT_FAKE_FAULT");
  return wanted && fault == wanted;
}

class FakeSession final : public Session {
 public:
  explicit FakeSession(GeneratorSpec spec) : spec_(std::move(spec)) {}

  Result<Done> warmUp() noexcept override { return Done{}; }

  Result<Done> translate(const ImageView& in, const MutableImageView& out) noexcept override {
    if (faultIs("translate")) return Fault{ErrorKind::internal, "the fake engine fails as told"};
    for (int y = 0; y < in.height; ++y)
      for (int x = 0; x < in.width; ++x) {
        const std::uint8_t* from = in.data + y * in.stride + x * in.layout.pixelStride;
        std::uint8_t* to = out.data + y * out.stride + x * out.layout.pixelStride;
        for (int c = 0; c < out.layout.channels; ++c)
          to[out.layout.offset[c]] =
              static_cast<std::uint8_t>(255 - from[in.layout.offset[c % in.layout.channels]]);
        if (out.layout.alpha >= 0 && in.layout.alpha >= 0) to[out.layout.alpha] = from[in.layout.alpha];
      }
    return Done{};
  }

  Result<Done> translate(std::span<const float> in, std::span<float> out) noexcept override {
    const std::size_t plane = in.size() / static_cast<std::size_t>(spec_.inputChannels);
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = -in[i / plane % static_cast<std::size_t>(spec_.inputChannels) * plane + i % plane];
    return Done{};
  }

 private:
  GeneratorSpec spec_;
};

class FakeNetwork final : public Network {
 public:
  FakeNetwork(GeneratorSpec spec, const EngineOptions& options)
      : spec_(std::move(spec)), active_{"fake", "cpu", "fp32", options.threads} {}

  const ActiveEngine& active() const noexcept override { return active_; }

  Result<std::unique_ptr<Session>> makeSession(Size) noexcept override {
    if (faultIs("session")) return Fault{ErrorKind::outOfMemory, "the fake engine has no memory as told"};
    return std::unique_ptr<Session>(std::make_unique<FakeSession>(spec_));
  }

 private:
  GeneratorSpec spec_;
  ActiveEngine active_;
};

class FakeModule final : public EngineModule {
 public:
  Result<std::unique_ptr<Network>> load(const ModelFile& model,
                                        const EngineOptions& options) noexcept override {
    if (faultIs("load")) return Fault{ErrorKind::internal, "the fake engine does not load as told"};
    if (faultIs("memory")) return Fault{ErrorKind::outOfMemory, "the fake engine has no memory as told"};
    if (options.device.starts_with("cuda"))
      return Fault{ErrorKind::noDevice,
                   "device " + options.device + " is not available: the fake engine has none"};
    if (options.precision != Precision::automatic && options.precision != Precision::fp32)
      return Fault{ErrorKind::unsupported,
                   "precision " + std::string(nameOf(options.precision)) + " is not built"};
    return std::unique_ptr<Network>(std::make_unique<FakeNetwork>(model.spec, options));
  }
};

}  // namespace
}  // namespace cut::test

extern "C" CUT_API cut::EngineModule* cut_engine_module(std::uint32_t interface) {
  static auto& module = *new cut::test::FakeModule;
  return interface == cut::moduleInterface ? &module : nullptr;
}
