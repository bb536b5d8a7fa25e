// The three networks of a run, from its options.
#pragma once

#include <memory>

#include "nets/discriminator.hpp"
#include "nets/patch_sampler.hpp"
#include "nets/resnet_generator.hpp"
#include "trainer/methods/cut_options.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

GeneratorSpec generatorSpec(const TrainOptions& options);
nets::DiscriminatorSpec discriminatorSpec(const TrainOptions& options);
CutOptions cutOptions(const TrainOptions& options);

struct Networks {
  std::shared_ptr<nets::ResnetGenerator> generator;
  std::shared_ptr<nets::Discriminator> discriminator;
  std::shared_ptr<nets::PatchSampler> sampler;
};

// Float32 on `device`, channels-last, initialised from the seed alone.
Networks makeNetworks(const TrainOptions& options, c10::Device device);

std::int64_t parameterCount(const torch::nn::Module& module);

}  // namespace cut::trainer
