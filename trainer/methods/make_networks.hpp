// SPDX-License-Identifier: MIT
// A run's networks, from its options: what the methods share when they are made.
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "nets/discriminator.hpp"
#include "nets/generator.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

// From the images of one domain to those of the other: bToA is the way back of methods that have one.
GeneratorSpec generatorSpec(const TrainOptions& options, Direction direction = Direction::aToB);
nets::DiscriminatorSpec discriminatorSpec(const TrainOptions& options, int inputChannels);

// Channels of the generator's features at nce_layers, found by encoding a small image. Throws invalidArgument
// for a layer that it does not have.
std::vector<std::int64_t> featureChannels(nets::Generator& generator,
                                          const std::vector<std::int64_t>& layers);

// Throws invalidArgument for a crop smaller than the discriminator's receptive field, which has no
// prediction.
void checkCropSize(nets::Discriminator& discriminator, const TrainOptions& options);

// Sets weights from the seed alone, in the order of `modules`.
void initialise(const std::vector<torch::nn::Module*>& modules, const TrainOptions& options);

// To `device`, channels-last unless the reference's numbers are asked for.
void moveTo(torch::nn::Module& module, c10::Device device, const TrainOptions& options);

}  // namespace cut::trainer
