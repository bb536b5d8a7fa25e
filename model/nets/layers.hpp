// SPDX-License-Identifier: MIT
// The layers of CUT's networks, with the parameter and buffer names of the reference.
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
  // With reflection padding of one pixel; requires a kernel of 3 and no zero padding.
  at::Tensor forwardReflect(const at::Tensor& x) const;

  // Whether forward passes use winogradConvolution where it supports the input.
  void setWinograd(bool wanted) noexcept { winograd_ = wanted; }

 private:
  bool usesWinograd(const at::Tensor& x) const;

  ConvolutionOptions options_;
  bool winograd_ = false;
  at::Tensor weight_;  // (outputs, inputs, kernel, kernel)
  at::Tensor bias_;    // (outputs), or undefined
};

// Transposed convolution that doubles the sides: stride 2, padding 1, and the output padding that a kernel of
// 3 or 4 needs. Stride and padding of the options are ignored.
class TransposedConvolution : public torch::nn::Module {
 public:
  explicit TransposedConvolution(const ConvolutionOptions& options);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  at::Tensor weight_;  // (inputs, outputs, kernel, kernel)
  at::Tensor bias_;
};

// Batch norm: the batch's statistics in training mode, the running ones in evaluation mode.
class BatchNorm : public torch::nn::Module {
 public:
  explicit BatchNorm(std::int64_t channels);
  at::Tensor forward(const at::Tensor& x);

 private:
  at::Tensor weight_, bias_, runningMean_, runningVar_, batches_;
};

// blurPool, with the reference's constant filter in the state_dict.
class Downsample : public torch::nn::Module {
 public:
  explicit Downsample(std::int64_t channels);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  at::Tensor filter_;  // only for the state_dict: (channels, 1, 3, 3)
};

// The transposed blur [1,3,3,1]x[1,3,3,1]/16 with replication padding, which equals bilinear upsampling by
// two (align_corners=False).
class Upsample : public torch::nn::Module {
 public:
  explicit Upsample(std::int64_t channels);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  at::Tensor filter_;  // only for the state_dict: (channels, 1, 4, 4)
};

}  // namespace cut::nets
