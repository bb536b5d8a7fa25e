// The layers that CUT's networks are made of, with the parameter and buffer names of the reference.
// Tensors are (N, C, H, W); forward passes take any memory format and give channels-last where the input is.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>

namespace cut::nets {

enum class Activation { none, relu };

struct ConvolutionOptions {
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t padding = 0;  // zeros
  bool bias = true;
};

class Convolution : public torch::nn::Module {
 public:
  explicit Convolution(const ConvolutionOptions& options);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  ConvolutionOptions options_;
  at::Tensor weight_;  // (outputs, inputs, kernel, kernel)
  at::Tensor bias_;    // (outputs), or undefined
};

// Doubles the sides: kernel 3, stride 2, padding 1, output padding 1.
class TransposedConvolution : public torch::nn::Module {
 public:
  TransposedConvolution(std::int64_t inputs, std::int64_t outputs, bool bias);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  at::Tensor weight_;  // (inputs, outputs, 3, 3)
  at::Tensor bias_;
};

// Normalises with the batch's statistics in training mode and with the running ones in evaluation mode.
class BatchNorm : public torch::nn::Module {
 public:
  explicit BatchNorm(std::int64_t channels);
  at::Tensor forward(const at::Tensor& x);

 private:
  at::Tensor weight_, bias_, runningMean_, runningVar_, batches_;
};

// blurDown, with the reference's constant filter in the state_dict.
class Downsample : public torch::nn::Module {
 public:
  explicit Downsample(std::int64_t channels);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  at::Tensor filter_;  // only for the state_dict: (channels, 1, 3, 3)
};

// The transposed blur [1,3,3,1]x[1,3,3,1]/16 on replicated borders, which is bilinear interpolation by two.
class Upsample : public torch::nn::Module {
 public:
  explicit Upsample(std::int64_t channels);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  at::Tensor filter_;  // only for the state_dict: (channels, 1, 4, 4)
};

}  // namespace cut::nets
