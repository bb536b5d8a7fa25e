// SPDX-License-Identifier: MIT
// Inference: SharedModel::open() loads a model file, makeStream() gives each user a stream, and the stream
// translates frames. docs/library.md has a whole program.
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

// The precision of a network's convolutions. tf32 keeps at least the 10 mantissa bits of TF32: engine cpu
// computes it as the sum of three bf16 products (bf16x3).
enum class Precision { automatic, fp32, tf32, fp16, bf16, int8 };

CUT_API std::string_view nameOf(Precision precision) noexcept;  // "auto", "fp32", ...
CUT_API Precision precisionFromName(std::string_view name);     // throws invalidArgument

// How a model is run. validate() says which values make sense; open() says which are possible on this
// machine.
struct CUT_API EngineOptions {
  std::string engine = "auto";  // auto | cpu | torch; auto: cpu if it supports the model, else torch
  std::string device = "auto";  // auto | cpu | cuda | cuda:N; anything but auto is never replaced by another
  Precision precision = Precision::automatic;
  int threads =
      0;  // on the CPU, 0 to 1024; 0: all that the process's CPU affinity allows, which is also the limit
  bool allowCode = false;  // load TorchScript programs, which execute code from the file: trusted files only

  bool operator==(const EngineOptions&) const = default;
  void validate() const;  // throws invalidArgument
};

// The resolved options of an open model.
struct ActiveEngine {
  std::string engine;     // "cpu", "torch"
  std::string device;     // "cpu", "cuda:0"
  std::string precision;  // "fp32"
  int threads = 0;        // 0 on a GPU
  std::string notice;     // sentences for the user about the choice; mostly empty
};

// The PSNR against fp32 that each precision promises on real frames, in dB: 10 log10(4 / MSE) of outputs in
// [-1, 1].
constexpr double promisedPsnr(Precision precision) noexcept {
  if (precision == Precision::tf32) return 80;
  return precision == Precision::fp32 || precision == Precision::bf16 ? 60 : 38;
}

// Metadata of an open model.
struct ModelInfo {
  GeneratorSpec spec;
  bool hasSample = false;
  std::string licence;
  std::string attribution;
  std::string origin;
  std::size_t weightBytes = 0;  // of the tensors in the file
};

// The result of SharedModel::verify().
struct Verification {
  double largestDifference = 0;  // absolute, of outputs in [-1, 1]
  double psnr = 0;               // dB: 10 log10(4 / MSE); infinite if the outputs are equal
};

// The PSNR in dB of two outputs of the same size, as Verification has it; 0 if one of them holds NaN.
CUT_API double psnr(std::span<const float> got, std::span<const float> expected);

// The result of a task of a stream.
struct Outcome {
  std::optional<Fault> fault;  // empty on success
  double waited = 0;           // seconds in the queue, while the engine ran other tasks
  double ran = 0;              // seconds in the engine
};

class Stream;

// One network on one device with one worker thread, which serves the model's streams round-robin, a frame at
// a time. Opening the same file for the same device, precision and number of threads returns the same object
// while it lives, whether these were named or resolved from auto. Thread-safe.
class CUT_API SharedModel {
 public:
  virtual ~SharedModel() = default;

  // Throws the errors of readModelFile, and noDevice, unsupported, moduleMissing, outOfMemory, internal.
  static std::shared_ptr<SharedModel> open(const std::filesystem::path& path, const EngineOptions& options);

  virtual const ModelInfo& info() const noexcept = 0;
  virtual const ActiveEngine& active() const noexcept = 0;

  // Runs the sample that the file holds. Throws mismatch if the output differs by more than the precision
  // promises, unsupported if the file has no sample.
  virtual Verification verify() = 0;

  virtual std::unique_ptr<Stream> makeStream() = 0;
};

// The PSNR against fp32, in dB, that calibrateInt8 reaches by leaving layers out of int8. Below it, banding
// shows in skies.
inline constexpr double defaultInt8Psnr = 45;

// The result of calibrateInt8.
struct CalibratedInt8 {
  StateDict ranges;  // for ModelFile::int8Ranges
  // PSNR against fp32 of the worst frame, in dB, by the worst of the int8 kernels, this machine's or
  // another's; NaN if this machine has no int8 kernel to measure with.
  double psnr = 0;
};

// Records the ranges of the activations of a model's layers in fp32 on these frames, for
// ModelFile::int8Ranges, without which precision int8 is refused. Frames have the model's channels and may
// differ in size. The layers with the largest error are left out of int8, half of them at most, until the
// worst frame has a PSNR of `minPsnr` dB against fp32; with 0, no layer is left out. `threads` as in
// EngineOptions. Takes about two frames' time per frame; if layers are left out, a few frames more for each
// layer, and all frames again for each that is left out. Throws invalidArgument without frames, unsupported
// for a network without int8 and, if `minPsnr` is not 0, on a machine without AVX512-VNNI, where layers
// cannot be selected; moduleMissing, outOfMemory.
CUT_API CalibratedInt8 calibrateInt8(const ModelFile& model, int threads, std::span<const ImageView> frames,
                                     double minPsnr = defaultInt8Psnr);

// Whether Stream::configure runs a frame. `frame`: it does, so that a frame's time is known and the first
// real frame is as fast as the others. `none`: it does not, so that the first real frame comes soonest.
enum class WarmUp { frame, none };

// A sequence of frames of one user. Not thread-safe: one thread uses it at a time. Destroying it does not
// wait: a running frame is finished, queued frames are dropped.
class CUT_API Stream {
 public:
  virtual ~Stream() = default;

  // Called once on the worker thread when the task has run; never called for a task that is dropped because
  // the stream is destroyed first. Own the pixel buffers in its captures: they are freed with it.
  using Finished = std::function<void(const Outcome&)>;

  // Allocates buffers for frames of this size, 1x1 to 32768x32768; the engine pads and crops as the network
  // needs. Returns the seconds that the warm-up frame took, 0 without one.
  virtual double configure(Size size, WarmUp warmUp = WarmUp::frame) = 0;

  // Translates one frame of the configured size and returns when `out` is written. x = in / 127.5 - 1,
  // out = round((clamp(y, -1, 1) + 1) * 127.5); alpha is copied. Channels must be the model's, 1 or 3. `in`
  // and `out` may be the same memory, and must not overlap otherwise. Throws invalidArgument if the views do
  // not fit, internal if the network's output holds NaN.
  virtual void translate(const ImageView& in, const MutableImageView& out) = 0;

  // The same for YUV images and models of three channels. Samples are converted to the network's input by the
  // format's matrix, range and chroma site, and its output back, with one rounding at the end. The two
  // formats may differ, but for the place of alpha.
  virtual void translate(const YuvView& in, const MutableYuvView& out) = 0;

  // The same three without waiting: they are queued, run in the order of the calls, and `finished` is called
  // after each, on the worker thread. The pixels of `in` and `out` must stay valid until then. Throw
  // invalidArgument before anything is queued.
  virtual void configureAsync(Size size, WarmUp warmUp, Finished finished) = 0;
  virtual void translateAsync(const ImageView& in, const MutableImageView& out, Finished finished) = 0;
  virtual void translateAsync(const YuvView& in, const MutableYuvView& out, Finished finished) = 0;

  // Planes (C, H, W) of floats in [-1, 1], any number of channels.
  virtual void translate(std::span<const float> in, std::span<float> out) = 0;
};

}  // namespace cut
