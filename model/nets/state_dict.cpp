// SPDX-License-Identifier: MIT
#include "nets/state_dict.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "cuttranslate/error.hpp"

namespace cut::nets {
namespace {

struct TypePair {
  DType ours;
  at::ScalarType torch;
};

constexpr TypePair types[] = {{DType::float16, at::kHalf},  {DType::bfloat16, at::kBFloat16},
                              {DType::float32, at::kFloat}, {DType::float64, at::kDouble},
                              {DType::uint8, at::kByte},    {DType::int8, at::kChar},
                              {DType::int16, at::kShort},   {DType::int32, at::kInt},
                              {DType::int64, at::kLong},    {DType::boolean, at::kBool}};

at::ScalarType torchType(DType type) {
  for (const auto& pair : types)
    if (pair.ours == type) return pair.torch;
  throw Error(ErrorKind::internal, "a tensor of unknown type");
}

DType ourType(at::ScalarType type) {
  for (const auto& pair : types)
    if (pair.torch == type) return pair.ours;
  throw Error(ErrorKind::unsupported,
              std::string("weight files hold no tensors of type ") + at::toString(type));
}

std::string shapeOf(const at::Tensor& tensor) {
  return shapeText(tensor.sizes().vec());
}

}  // namespace

at::Tensor toTorch(const Tensor& tensor) {
  at::Tensor result = at::empty(tensor.shape, torchType(tensor.dtype));
  if (!tensor.data.empty()) std::memcpy(result.data_ptr(), tensor.data.data(), tensor.data.size());
  return result;
}

Tensor fromTorch(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().cpu().contiguous();
  Tensor result{ourType(plain.scalar_type()), plain.sizes().vec(), std::vector<std::byte>(plain.nbytes())};
  if (!result.data.empty()) std::memcpy(result.data.data(), plain.data_ptr(), result.data.size());
  return result;
}

void loadStateDict(torch::nn::Module& module, const StateDict& weights) {
  const at::NoGradGuard noGrad;
  auto parameters = module.named_parameters();
  auto buffers = module.named_buffers();
  for (const auto& [name, tensor] : weights) {
    at::Tensor* place = parameters.find(name);
    if (!place) place = buffers.find(name);
    if (!place) throw Error(ErrorKind::wrongFile, "tensor " + name + " has no place in this network");
    if (place->sizes() != at::IntArrayRef(tensor.shape))
      throw Error(ErrorKind::wrongFile, "tensor " + name + " has shape " + shapeText(tensor.shape) +
                                            "; expected " + shapeOf(*place));
    place->copy_(toTorch(tensor));
  }
  for (const auto& entry : parameters)
    if (!find(weights, entry.key()))
      throw Error(ErrorKind::wrongFile,
                  "tensor " + entry.key() + " " + shapeOf(entry.value()) + " is missing");
}

std::vector<std::string> tensorNames(const torch::nn::Module& module, const std::string& prefix) {
  std::vector<std::string> names;
  for (const auto& entry : module.named_parameters(/*recurse=*/false)) names.push_back(prefix + entry.key());
  for (const auto& entry : module.named_buffers(/*recurse=*/false)) names.push_back(prefix + entry.key());
  for (const auto& child : module.named_children()) {
    const auto below = tensorNames(*child.value(), prefix + child.key() + ".");
    names.insert(names.end(), below.begin(), below.end());
  }
  return names;
}

StateDict stateDict(const torch::nn::Module& module, const std::vector<std::string>& names) {
  const auto parameters = module.named_parameters();
  const auto buffers = module.named_buffers();
  StateDict result;
  for (const auto& name : names) {
    const at::Tensor* place = parameters.find(name);
    if (!place) place = buffers.find(name);
    if (!place) throw Error(ErrorKind::internal, "the network has no tensor " + name);
    result.emplace_back(name, fromTorch(*place));
  }
  return result;
}

}  // namespace cut::nets
