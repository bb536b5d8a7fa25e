// SPDX-License-Identifier: MIT
// What MoCo remembers from step to step (He et al. 2020): keys of earlier images, and the averaged weights
// that make them.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cuttranslate/tensor.hpp"

namespace cut::trainer {

// The newest keys of each layer, with the image that each is of.
class KeyDictionary {
 public:
  KeyDictionary(std::size_t layers, std::int64_t capacity) : layers_(layers), capacity_(capacity) {}

  // keys: (M, C); images: (M), int64, on the same device. The oldest make room.
  void push(std::size_t layer, const at::Tensor& keys, const at::Tensor& images);

  bool isEmpty(std::size_t layer) const { return !layers_.at(layer).keys.defined(); }
  const at::Tensor& keys(std::size_t layer) const { return layers_.at(layer).keys; }  // (M, C), oldest first
  const at::Tensor& images(std::size_t layer) const { return layers_.at(layer).images; }  // (M)

  // "<prefix>.<layer>.keys" and ".images".
  void appendState(StateDict& state, const std::string& prefix) const;
  // To the device and type of `like`. Throws wrongFile where keys and images do not belong together.
  void restore(const StateDict& state, const std::string& prefix, const at::Tensor& like);

 private:
  struct Layer {
    at::Tensor keys, images;
  };

  std::vector<Layer> layers_;
  std::int64_t capacity_;
};

// Weights k of modules that follow their own, q: k = m k + (1 - m) q (He et al. 2020, equation 2), from the
// weights at the first update on. Buffers are the modules' own.
class MomentumWeights {
 public:
  MomentumWeights(std::vector<std::pair<std::string, torch::nn::Module*>> modules, double momentum);

  void update();

  // While one lives, the modules have these weights. No graph of theirs may be alive.
  class Scope {
   public:
    explicit Scope(MomentumWeights& weights) : weights_(weights) { weights_.exchange(); }
    ~Scope() { weights_.exchange(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    MomentumWeights& weights_;
  };

  // "<prefix>.<module>.<parameter>"; nothing before the first update.
  void appendState(StateDict& state, const std::string& prefix) const;
  // Throws wrongFile where one is missing or has another shape; where all are missing, it begins anew.
  void restore(const StateDict& state, const std::string& prefix);

 private:
  struct Entry {
    std::string name;
    at::Tensor parameter, average;  // average: undefined before the first update
  };

  void exchange();

  std::vector<Entry> entries_;
  double momentum_;
};

}  // namespace cut::trainer
