// SPDX-License-Identifier: MIT
#include "trainer/evaluate/feature_network.hpp"

#include <torch/script.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

// (1, 3, H, W), RGB, [0, 255].
torch::Tensor toTensor(const Picture& picture) {
  const torch::Tensor pixels =
      torch::from_blob(const_cast<std::uint8_t*>(picture.row(0)), {picture.height, picture.width, 3},
                       torch::TensorOptions(torch::kUInt8));
  return pixels.permute({2, 0, 1}).unsqueeze(0).to(torch::kFloat32).contiguous();
}

// Collects all tensors of an output in order. None is skipped: torchvision's InceptionV3 returns a tuple with
// one. False for other types.
bool collect(const torch::jit::IValue& out, std::vector<torch::Tensor>& parts) {
  const auto all = [&parts](const auto& values) {
    return std::all_of(values.begin(), values.end(),
                       [&parts](const auto& value) { return collect(value, parts); });
  };
  if (out.isNone()) return true;
  if (out.isTensor()) {
    parts.push_back(out.toTensor().to(torch::kCPU, torch::kFloat64).flatten());
    return true;
  }
  if (out.isTuple()) return all(out.toTupleRef().elements());
  if (out.isList()) return all(out.toListRef());
  if (!out.isGenericDict()) return false;
  for (const auto& entry : out.toGenericDict())
    if (!collect(entry.value(), parts)) return false;
  return true;
}

// The other lines are the network's call stack.
std::string firstLine(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

}  // namespace

class FeatureNetwork::Impl {
 public:
  explicit Impl(const std::filesystem::path& path) : path_(path.string()) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
      throw Error(ErrorKind::notFound, "--features: there is no " + path_);
    try {
      network_ = torch::jit::load(path_, torch::kCPU);
      network_.eval();
    } catch (const std::exception& error) {
      throw Error(ErrorKind::wrongFile,
                  "--features " + path_ +
                      ": expected a TorchScript network as torch.jit.save writes it: " + firstLine(error));
    }
  }

  torch::Tensor run(const Picture& picture) {
    const torch::InferenceMode noGradients;
    try {
      std::vector<torch::Tensor> parts;
      if (collect(network_.forward({toTensor(picture)}), parts) && !parts.empty()) return torch::cat(parts);
    } catch (const std::exception& error) {
      throw Error(ErrorKind::wrongFile, "--features " + path_ + ": the network fails on " +
                                            std::to_string(picture.width) + " x " +
                                            std::to_string(picture.height) + " RGB: " + firstLine(error));
    }
    throw Error(ErrorKind::wrongFile,
                "--features " + path_ +
                    ": expected a network that returns a tensor, or tuples, lists or dictionaries of them");
  }

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  torch::jit::Module network_;
};

FeatureNetwork::FeatureNetwork(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
FeatureNetwork::~FeatureNetwork() = default;

void FeatureNetwork::append(const Picture& picture, Features& to) {
  const torch::Tensor vector = impl_->run(picture);
  if (to.count == 0) to.dimension = vector.numel();
  if (vector.numel() == 0 || vector.numel() != to.dimension)
    throw Error(ErrorKind::wrongFile, "--features " + impl_->path() + ": expected " +
                                          std::to_string(to.dimension) + " features of each picture, got " +
                                          std::to_string(vector.numel()));
  const double* values = vector.const_data_ptr<double>();
  for (std::int64_t i = 0; i < to.dimension; ++i)
    if (!std::isfinite(values[i]))
      throw Error(
          ErrorKind::wrongFile,
          "--features " + impl_->path() +
              ": expected finite features, got NaN or infinity; does the network take pictures in [0, 255]?");
  to.values.insert(to.values.end(), values, values + to.dimension);
  ++to.count;
}

}  // namespace cut::trainer
