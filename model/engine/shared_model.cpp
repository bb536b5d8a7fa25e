#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "cut/engine.hpp"
#include "cut/error.hpp"
#include "cut/model_file.hpp"
#include "engine/engine_choice.hpp"
#include "engine/model_registry.hpp"
#include "engine/module.hpp"
#include "engine/module_loader.hpp"
#include "engine/worker.hpp"

namespace cut {
namespace {

constexpr int largestSide = 32768;

// What an output may differ from the sample's, by precision: fp32 between machines; others by PSNR in dB.
constexpr double promisedDifference = 1e-3;

int promisedPsnr(const std::string& precision) {
  return precision == "bf16" ? 60 : 38;
}

int allowedThreads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1U, std::thread::hardware_concurrency());
}

EngineOptions resolved(EngineOptions options) {
  options.validate();
  const int allowed = allowedThreads();
  options.threads = options.threads == 0 ? allowed : std::min(options.threads, allowed);
  return options;
}

ModelInfo infoOf(const ModelFile& file) {
  return {file.spec, file.sample.has_value(), file.licence, file.attribution, file.origin};
}

class Model;

class ModelStream final : public Stream {
 public:
  explicit ModelStream(std::shared_ptr<Model> model) : model_(std::move(model)) {}
  ~ModelStream() override;

  double configure(Size size) override;
  void translate(const ImageView& in, const MutableImageView& out) override;
  void translate(std::span<const float> in, std::span<float> out) override;

 private:
  void requireConfigured() const;

  std::shared_ptr<Model> model_;
  std::unique_ptr<Session> session_;  // made, used and freed on the worker
  Size size_;
};

class Model final : public SharedModel, public std::enable_shared_from_this<Model> {
 public:
  Model(ModelFile file, const EngineOptions& options) : info_(infoOf(file)), sample_(file.sample) {
    EngineModule& module = openModule(options.engine);
    worker_.run([&] { network_ = module.load(file, options).take(); });
    active_ = network_->active();
    if (const GeneratorSpec* found = network_->found()) info_.spec = *found;
  }

  ~Model() override {
    worker_.run([this] { network_.reset(); });
  }

  const ModelInfo& info() const noexcept override { return info_; }
  const ActiveEngine& active() const noexcept override { return active_; }
  Verification verify() override;
  std::unique_ptr<Stream> makeStream() override { return std::make_unique<ModelStream>(shared_from_this()); }

  Worker& worker() noexcept { return worker_; }
  Network& network() noexcept { return *network_; }  // on the worker only

 private:
  ModelInfo info_;
  std::optional<Sample> sample_;
  ActiveEngine active_;
  std::unique_ptr<Network> network_;
  Worker worker_;
};

Verification compare(const std::vector<float>& got, const std::vector<float>& expected) {
  Verification result;
  double squares = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double difference = std::abs(static_cast<double>(got[i]) - expected[i]);
    // NaN must not pass for small.
    if (!(difference <= result.largestDifference)) result.largestDifference = difference;
    squares += difference * difference;
  }
  result.psnr = squares > 0    ? 10 * std::log10(4 * static_cast<double>(got.size()) / squares)
                : squares == 0 ? std::numeric_limits<double>::infinity()
                               : 0;
  return result;
}

Verification Model::verify() {
  if (!sample_)
    throw Error(ErrorKind::unsupported,
                "the model holds no sample to verify it with; `cut-model convert` writes files that do");
  const auto& shape = sample_->input.shape;  // (1, C, H, W)
  const auto stream = makeStream();
  stream->configure({static_cast<int>(shape[3]), static_cast<int>(shape[2])});
  const std::vector<float> expected = toFloats(sample_->output);
  std::vector<float> got(expected.size());
  stream->translate(toFloats(sample_->input), got);
  const Verification result = compare(got, expected);
  const bool exact = active_.precision == "fp32";
  if (exact ? result.largestDifference <= promisedDifference : result.psnr >= promisedPsnr(active_.precision))
    return result;
  throw Error(
      ErrorKind::mismatch,
      "the model's sample comes out differently here: largest difference " +
          std::to_string(result.largestDifference) + ", PSNR " + std::to_string(result.psnr) +
          " dB; expected " +
          (exact ? "at most 0.001" : "at least " + std::to_string(promisedPsnr(active_.precision)) + " dB") +
          " in " + active_.precision + "; the file is damaged or the engine is faulty");
}

ModelStream::~ModelStream() {
  model_->worker().run([this] { session_.reset(); });
}

double ModelStream::configure(Size size) {
  if (size.width < 1 || size.height < 1 || size.width > largestSide || size.height > largestSide)
    throw Error(ErrorKind::invalidArgument,
                "frames of " + std::to_string(size.width) + "x" + std::to_string(size.height) +
                    " pixels; expected sides of 1 to " + std::to_string(largestSide));
  double seconds = 0;
  model_->worker().run([&] {
    session_.reset();
    auto session = model_->network().makeSession(size).take();
    const auto start = std::chrono::steady_clock::now();
    session->warmUp().take();
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    session_ = std::move(session);
  });
  size_ = size;
  return seconds;
}

void ModelStream::requireConfigured() const {
  if (!session_)
    throw Error(ErrorKind::invalidArgument, "translate before configure: the frame's size is not known");
}

void ModelStream::translate(const ImageView& in, const MutableImageView& out) {
  requireConfigured();
  const GeneratorSpec& spec = model_->info().spec;
  const auto fits = [this](const auto& view, int channels) {
    return view.width == size_.width && view.height == size_.height && view.layout.channels == channels;
  };
  if (!fits(in, spec.inputChannels) || !fits(out, spec.outputChannels))
    throw Error(ErrorKind::invalidArgument,
                "a frame of another size or other channels than configured: expected " +
                    std::to_string(size_.width) + "x" + std::to_string(size_.height) + ", " +
                    std::to_string(spec.inputChannels) + " -> " + std::to_string(spec.outputChannels) +
                    " channels; got " + std::to_string(in.width) + "x" + std::to_string(in.height) +
                    " with " + std::to_string(in.layout.channels));
  model_->worker().run([&] { session_->translate(in, out).take(); });
}

void ModelStream::translate(std::span<const float> in, std::span<float> out) {
  requireConfigured();
  const GeneratorSpec& spec = model_->info().spec;
  const std::size_t pixels = static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height);
  if (in.size() != pixels * static_cast<std::size_t>(spec.inputChannels) ||
      out.size() != pixels * static_cast<std::size_t>(spec.outputChannels))
    throw Error(ErrorKind::invalidArgument, "planes of " + std::to_string(in.size()) + " and " +
                                                std::to_string(out.size()) + " floats for " +
                                                std::to_string(pixels) + " pixels of " +
                                                std::to_string(spec.inputChannels) + " -> " +
                                                std::to_string(spec.outputChannels) + " channels");
  model_->worker().run([&] { session_->translate(in, out).take(); });
}

}  // namespace

std::shared_ptr<SharedModel> SharedModel::open(const std::filesystem::path& path,
                                               const EngineOptions& options) {
  EngineOptions wanted = resolved(options);
  const std::vector<std::string> engines = engineChoices(wanted);
  const Code code = options.allowCode ? Code::allow : Code::refuse;
  const auto openWith = [&](const std::string& engine) {
    wanted.engine = engine;
    return ModelRegistry::instance().get(
        path, wanted, [&] { return std::make_shared<Model>(readModelFile(path, code), wanted); });
  };
  // What one engine was not built for may be the next one's; any other error is not another engine's affair.
  for (std::size_t i = 0; i + 1 < engines.size(); ++i) {
    try {
      return openWith(engines[i]);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) throw;
    }
  }
  return openWith(engines.back());
}

}  // namespace cut
