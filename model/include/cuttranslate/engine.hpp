// The engine: a model file becomes a shared model, and each user of it gets a stream that frames go through.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cuttranslate/error.hpp"
#include "cuttranslate/export.hpp"
#include "cuttranslate/image.hpp"
#include "cuttranslate/model_file.hpp"
#include "cuttranslate/spec.hpp"
#include "cuttranslate/tensor.hpp"
#include "cuttranslate/yuv.hpp"

namespace cut {

// What a network computes with. tf32 keeps TF32's 10 bits or more: engine cpu makes it of two bf16 for each
// number.
enum class Precision { automatic, fp32, tf32, fp16, bf16, int8 };

CUT_API std::string_view nameOf(Precision precision) noexcept;  // "auto", "fp32", ...
CUT_API Precision precisionFromName(std::string_view name);     // throws invalidArgument

struct CUT_API EngineOptions {
  std::string engine = "auto";  // auto | cpu | torch; auto: cpu where it runs the model, else torch
  std::string device = "auto";  // auto | cpu | cuda | cuda:N; only auto chooses, nothing falls back silently
  Precision precision = Precision::automatic;
  int threads = 0;         // on the CPU; 0: as many as the process may use, and never more
  bool allowCode = false;  // a TorchScript program may be loaded and run: only from whom you trust

  bool operator==(const EngineOptions&) const = default;
  void validate() const;  // throws invalidArgument
};

// What was taken for each option that said auto.
struct ActiveEngine {
  std::string engine;     // "cpu", "torch"
  std::string device;     // "cpu", "cuda:0"
  std::string precision;  // "fp32"
  int threads = 0;        // 0 on a GPU
  std::string notice;     // what a user should hear of the choice, a sentence; mostly empty
};

// dB of the reference's fp32 that a precision keeps on real frames: 10 log10(4 / MSE), in [-1, 1].
constexpr double promisedPsnr(Precision precision) noexcept {
  if (precision == Precision::tf32) return 80;
  return precision == Precision::fp32 || precision == Precision::bf16 ? 60 : 38;
}

// What is known of an open model.
struct ModelInfo {
  GeneratorSpec spec;
  bool hasSample = false;
  std::string licence;
  std::string attribution;
  std::string origin;
  std::size_t weightBytes = 0;  // of the file's tensors
};

struct Verification {
  double largestDifference = 0;  // of the outputs, in [-1, 1]
  double psnr = 0;               // dB: 10 log10(4 / MSE); infinite where equal
};

// What Verification::psnr is, of two outputs of one size; 0 where a NaN is among them.
CUT_API double psnr(std::span<const float> got, std::span<const float> expected);

// What became of something that a stream was asked for.
struct Outcome {
  std::optional<Fault> fault;  // nothing where it was done
  double waited = 0;           // seconds from asking until the engine began: other streams had their turn
  double ran = 0;              // seconds in the engine
};

class Stream;

// One network on one device, with one worker thread that all inference runs on; its streams take turns, frame
// by frame. Opening the same file for the same device, precision and number of threads gives the same object
// while it lives, whether they were named or found by auto. All functions may be called from any thread.
class CUT_API SharedModel {
 public:
  virtual ~SharedModel() = default;

  // Throws what readModelFile throws, and noDevice, unsupported, moduleMissing, outOfMemory, internal.
  static std::shared_ptr<SharedModel> open(const std::filesystem::path& path, const EngineOptions& options);

  virtual const ModelInfo& info() const noexcept = 0;
  virtual const ActiveEngine& active() const noexcept = 0;

  // Runs the file's sample; throws mismatch where the result is further off than the precision promises,
  // unsupported where the file has no sample.
  virtual Verification verify() = 0;

  virtual std::unique_ptr<Stream> makeStream() = 0;
};

// dB of fp32 that int8 should keep where layers can be left out: less shows in skies.
inline constexpr double enoughOfInt8 = 45;

// What calibrateInt8 finds.
struct CalibratedInt8 {
  StateDict ranges;  // for ModelFile::int8Ranges
  // dB of fp32 that int8 keeps of the frame that fares worst, by the worst of the ways in which this machine
  // and others compute it; NaN where this machine has no int8 to try it.
  double kept = 0;
};

// How far the inputs of a model's layers reach in fp32 on these frames, of the model's channels and of any
// sizes: for ModelFile::int8Ranges, without which precision int8 is refused. Layers that cost too much are
// left out, half of them at most, and will not be int8's: until the worst frame keeps `least` dB of fp32.
// With a `least` of 0 all layers are in. `threads` as EngineOptions has it. Takes about two frames' time for
// each; where layers are left out, a few frames for each layer and all of them again for each that goes.
// Throws invalidArgument without frames, unsupported for a network without int8 and, with a `least`, on a
// machine without int8, which cannot try; moduleMissing, outOfMemory.
CUT_API CalibratedInt8 calibrateInt8(const ModelFile& model, int threads, std::span<const ImageView> frames,
                                     double least = enoughOfInt8);

// What Stream::configure does besides making buffers. `frame`: one frame, so that its time is known and the
// first real one is as fast as the others; `none`: nothing, so that the first real frame comes soonest.
enum class WarmUp { frame, none };

// A sequence of frames of one user. Used by one thread at a time. It may be destroyed while the engine works
// for it: that frame is finished, those that wait are forgotten.
class CUT_API Stream {
 public:
  virtual ~Stream() = default;

  // Called once on the worker thread when the task has run; never called for a task that is dropped because
  // the stream is destroyed first. Own the pixel buffers in its captures: they are freed with it.
  using Finished = std::function<void(const Outcome&)>;

  // Makes buffers for frames of this size. Returns the seconds that the warm-up's frame took. Any size from
  // 1x1: sides are padded as the network needs and cropped back.
  virtual double configure(Size size, WarmUp warmUp = WarmUp::frame) = 0;

  // One frame, of the configured size; returns when `out` is written. in = x / 127.5 - 1,
  // out = round((clamp(y, -1, 1) + 1) * 127.5); alpha is copied. Channels must be the model's, 1 or 3. Throws
  // internal where the network gives NaN.
  virtual void translate(const ImageView& in, const MutableImageView& out) = 0;

  // The same for YUV pictures and models of three channels. Samples become the network's floats by the
  // format's own matrix, range and chroma site, and its output samples again: each is rounded once, at the
  // end. Both formats have the depth that they say; alpha needs the same place on both sides.
  virtual void translate(const YuvView& in, const MutableYuvView& out) = 0;

  // The same three without waiting: they are queued, run in the order of the calls, and `finished` is called
  // after each, on the worker thread. The pixels of `in` and `out` must stay valid until then. Throw
  // invalidArgument before anything is queued.
  virtual void configureAsync(Size size, WarmUp warmUp, Finished finished) = 0;
  virtual void translateAsync(const ImageView& in, const MutableImageView& out, Finished finished) = 0;
  virtual void translateAsync(const YuvView& in, const MutableYuvView& out, Finished finished) = 0;

  // Without pixels: planes (C, H, W) of floats in [-1, 1], any number of channels.
  virtual void translate(std::span<const float> in, std::span<float> out) = 0;
};

}  // namespace cut
