// SPDX-License-Identifier: MIT
#include "nets/state_dict.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "cuttranslate/error.hpp"
#include "nets/resnet_generator.hpp"
#include "tiny_model.hpp"

namespace cut::nets {
namespace {

TEST(StateDict, LoadErrorNamesTheTensor) {
  ModelFile model = test::tinyModel();
  ResnetGenerator generator(model.spec);
  StateDict missing = model.weights;
  missing.pop_back();
  StateDict extra = model.weights;
  extra.emplace_back("model.99.weight", fromFloats({1}, {0}));
  StateDict reshaped = model.weights;
  reshaped[0].second = fromFloats({1}, {0});
  for (const StateDict& wrong : {missing, extra, reshaped})
    EXPECT_THROW(loadStateDict(generator, wrong), Error);
}

TEST(StateDict, StateDictKeepsEveryTypeBitForBit) {
  for (const auto type :
       {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16, at::kLong, at::kByte, at::kBool}) {
    const at::Tensor tensor = (at::rand({3, 4}) * 100).to(type);
    EXPECT_TRUE(at::equal(toTorch(fromTorch(tensor)), tensor)) << at::toString(type);
    EXPECT_TRUE(at::equal(toTorch(fromTorch(tensor.t())), tensor.t().contiguous())) << at::toString(type);
  }
}

}  // namespace
}  // namespace cut::nets
