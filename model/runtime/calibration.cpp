// Ranges for precision int8, which only the engine module cpu has.
#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "runtime/module_loader.hpp"
#include "runtime/threads.hpp"

namespace cut {

CalibratedInt8 calibrateInt8(const ModelFile& model, int threads, std::span<const ImageView> frames,
                             double least) {
  EngineOptions{.threads = threads}.validate();
  if (frames.empty())
    throw Error(ErrorKind::invalidArgument,
                "int8 cannot be calibrated without frames; expected a few real ones");
  for (const ImageView& frame : frames)
    if (frame.layout.channels != model.spec.inputChannels || frame.width < 1 || frame.height < 1)
      throw Error(ErrorKind::invalidArgument,
                  "a frame of " + std::to_string(frame.width) + "x" + std::to_string(frame.height) +
                      " with " + std::to_string(frame.layout.channels) +
                      " channels cannot calibrate a model of " + std::to_string(model.spec.inputChannels));
  return openModule("cpu").calibrateInt8(model, usableThreads(threads), frames, least).take();
}

}  // namespace cut
