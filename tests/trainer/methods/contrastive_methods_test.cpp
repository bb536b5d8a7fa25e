// SPDX-License-Identifier: MIT
// Steps of CutMethod with each contrastive loss: columns, state, and what each remembers.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "cuttranslate/error.hpp"
#include "nets/initialise.hpp"
#include "nets/resnet_generator.hpp"
#include "nets/state_dict.hpp"
#include "trainer/methods/contrastive/encoder_agreement.hpp"
#include "trainer/methods/contrastive/key_dictionary.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {
namespace {

using nets::AttentionSpan, nets::MonceCost, nets::Negatives, nets::PatchLoss;
using Names = std::vector<std::string>;

struct Variant {
  std::string name;
  ContrastOptions contrast = {};
  bool agreement = false;  // EnCo
  bool flips = false;
};

void PrintTo(const Variant& variant, std::ostream* out) {
  *out << variant.name;
}

// Small networks, and data and random draws that depend on the step alone. Image ids count from `firstImage`.
struct Trainee {
  explicit Trainee(const Variant& variant, CutOptions cut = {}) : options(std::move(cut)) {
    options.contrast = variant.contrast;
    options.flipEquivariance = variant.flips;
    options.patches = 16;
    options.nceLayers =
        variant.agreement ? std::vector<std::int64_t>{3, 7, 17, 21} : std::vector<std::int64_t>{0, 4, 8};
    at::Generator random = at::make_generator<at::CPUGeneratorImpl>(1);
    const auto initialise = [&](torch::nn::Module& module) {
      nets::initialise(module, nets::Initialisation::xavier, 0.5, random);
    };
    initialise(*generator);
    initialise(*discriminator);
    if (variant.agreement) {
      options.nceIdentity = false;
      const auto heads = std::make_shared<nets::AgreementHeads>(std::vector<std::int64_t>{4, 8}, 8);
      initialise(*heads);
      method = std::make_unique<CutMethod>(generator, discriminator,
                                           std::make_unique<EncoderAgreement>(options, heads), options);
    } else {
      const auto sampler =
          std::make_shared<nets::PatchSampler>(std::vector<std::int64_t>{3, 8, 16}, 8, /*heads=*/true);
      initialise(*sampler);
      method = std::make_unique<CutMethod>(generator, discriminator, sampler, options);
    }
  }

  // The losses of steps [begin, end).
  std::vector<std::vector<double>> steps(int begin, int end) {
    std::vector<std::vector<double>> losses;
    for (int t = begin; t < end; ++t) {
      at::Generator random = at::make_generator<at::CPUGeneratorImpl>(100U + static_cast<unsigned>(t));
      const auto images = [&] {
        return at::rand({2, 3, 32, 32}, random, at::TensorOptions(at::kFloat)) * 2 - 1;
      };
      const std::int64_t image = sameImages ? 0 : 2 * t;
      StepInput input{.realA = images(), .realB = images(), .random = random, .epoch = 1 + t, .epochs = 8};
      input.imagesA = {image, sameImages ? 0 : image + 1};
      input.imagesB = {image, sameImages ? 0 : image + 1};
      losses.push_back(method->step(input).losses);
    }
    return losses;
  }

  double loss(const std::vector<double>& losses, const std::string& column) const {
    for (std::size_t i = 0; i < losses.size(); ++i)
      if (method->lossColumns()[i].name == column) return losses[i];
    ADD_FAILURE() << "no column " << column;
    return 0;
  }

  CutOptions options;
  bool sameImages = false;
  std::shared_ptr<nets::ResnetGenerator> generator =
      std::make_shared<nets::ResnetGenerator>(GeneratorSpec{.blocks = 2, .ngf = 4});
  std::shared_ptr<nets::Discriminator> discriminator = std::make_shared<nets::Discriminator>(
      nets::DiscriminatorSpec{.netD = nets::NetD::nLayers, .ndf = 4, .layers = 1});
  std::unique_ptr<CutMethod> method;
};

std::vector<Variant> variants() {
  return {{"patch"},
          {"external", {.negatives = Negatives::external, .queueSize = 100}},
          {"both", {.negatives = Negatives::both, .queueSize = 48, .momentum = 0.9}, false, true},
          {"images", {.negatives = Negatives::images}},
          {"monce", {.loss = PatchLoss::monce}},
          {"monce_easy", {.loss = PatchLoss::monce, .monce = {.cost = MonceCost::easy}}},
          {"src_hdce", {.loss = PatchLoss::srcHdce}},
          {"qs_attn", {.loss = PatchLoss::qsAttn}},
          {"qs_attn_local", {.loss = PatchLoss::qsAttn, .attention = AttentionSpan::local}, false, true},
          {"qs_attn_local_global", {.loss = PatchLoss::qsAttn, .attention = AttentionSpan::localGlobal}},
          {"enco", {}, true, true}};
}

class EachContrast : public testing::TestWithParam<Variant> {};
INSTANTIATE_TEST_SUITE_P(Losses, EachContrast, testing::ValuesIn(variants()),
                         [](const auto& variant) { return variant.param.name; });

TEST_P(EachContrast, RestoredMethodEqualsAnUninterruptedOne) {
  Trainee whole(GetParam());
  const auto expected = whole.steps(0, 5);
  Trainee first(GetParam());
  first.steps(0, 3);
  Trainee second(GetParam());
  second.steps(6, 7);  // what it remembers of other steps is to be forgotten
  second.method->restore(first.method->state());
  EXPECT_EQ(second.steps(3, 5), (std::vector(expected.begin() + 3, expected.end())));
  EXPECT_EQ(second.method->state(), whole.method->state());
}

TEST_P(EachContrast, LossesAreFiniteAndAddUpAndReachGeneratorAndHeads) {
  Trainee run(GetParam());
  const StateDict start = run.method->state();
  for (const auto& losses : run.steps(0, 3)) {
    for (const double loss : losses) EXPECT_TRUE(std::isfinite(loss));
    const std::string column = GetParam().agreement ? "EnCo" : "NCE";
    double contrast = run.loss(losses, column);
    if (!GetParam().agreement) contrast = (contrast + run.loss(losses, "NCE_Y")) / 2;
    if (GetParam().name == "src_hdce") contrast += run.loss(losses, "SRC");
    EXPECT_NEAR(run.loss(losses, "G"), run.loss(losses, "G_GAN") + contrast, 1e-5);
  }
  const StateDict end = run.method->state();
  std::size_t changed = 0, heads = 0;
  for (const auto& [name, tensor] : start) {
    if (!name.starts_with("F.")) continue;
    ++heads;
    if (!(*find(end, name) == tensor)) ++changed;
  }
  EXPECT_GT(heads, 0U);
  EXPECT_EQ(changed, heads);
}

TEST(Columns, AreThoseOfTheLoss) {
  const auto columnsOf = [](const Variant& variant) {
    Names names;
    const Trainee trainee(variant);
    for (const LossColumn& column : trainee.method->lossColumns()) names.push_back(column.name);
    return names;
  };
  for (const Variant& variant : variants()) {
    const Names names = columnsOf(variant);
    if (variant.agreement)
      EXPECT_EQ(names, (Names{"G_GAN", "D_real", "D_fake", "G", "EnCo"}));
    else if (variant.contrast.loss == PatchLoss::srcHdce)
      EXPECT_EQ(names, (Names{"G_GAN", "D_real", "D_fake", "G", "NCE", "NCE_Y", "SRC"}));
    else
      EXPECT_EQ(names, (Names{"G_GAN", "D_real", "D_fake", "G", "NCE", "NCE_Y"}));
  }
}

TEST(Dictionary, NeverHoldsTheQuerysOwnImageAgainstIt) {
  const Variant external{"external", {.negatives = Negatives::external}};
  Trainee same(external);
  same.sameImages = true;
  for (const auto& losses : same.steps(0, 3)) {
    EXPECT_EQ(same.loss(losses, "NCE"), 0) << "there is one image alone";
    EXPECT_EQ(same.loss(losses, "NCE_Y"), 0);
  }
  Trainee others(external);
  const auto losses = others.steps(0, 3);
  EXPECT_EQ(others.loss(losses[0], "NCE"), 0) << "an empty dictionary";
  EXPECT_GT(others.loss(losses[1], "NCE"), 0);
  EXPECT_GT(others.loss(losses[2], "NCE"), others.loss(losses[1], "NCE")) << "more negatives";
}

TEST(Dictionary, HoldsTheNewestPatchesOfEachDomainAndLayer) {
  Trainee run({"external", {.negatives = Negatives::external, .queueSize = 40}});
  run.steps(0, 3);
  const StateDict state = run.method->state();
  for (const char* domain : {"dictionary.A.", "dictionary.B."})
    for (const char* layer : {"0", "1", "2"}) {
      const std::string name = std::string(domain) + layer;
      ASSERT_TRUE(find(state, name + ".keys"));
      const at::Tensor images = nets::toTorch(*find(state, name + ".images"));
      EXPECT_EQ(nets::toTorch(*find(state, name + ".keys")).sizes(), (std::vector<std::int64_t>{40, 8}));
      // Steps of 2 images with 16 patches: 8 rows of step 1's second image, then all of step 2's.
      const at::Tensor expected =
          at::cat({at::full({8}, 3, at::kLong), at::full({16}, 4, at::kLong), at::full({16}, 5, at::kLong)});
      EXPECT_TRUE(at::equal(images, expected)) << name << images;
    }
}

TEST(Dictionary, OfAnotherFileThrows) {
  Trainee run({"external", {.negatives = Negatives::external}});
  run.steps(0, 1);
  const StateDict good = run.method->state();
  for (const char* missing : {"dictionary.B.1.images", "momentum.F.mlp_0.0.bias"}) {
    StateDict state = good;
    std::erase_if(state, [&](const auto& entry) { return entry.first == missing; });
    EXPECT_THROW(run.method->restore(state), Error) << missing;
  }
}

TEST(KeyDictionary, RoundTripsItsState) {
  KeyDictionary dictionary(2, 3);
  const at::Tensor keys = at::rand({4, 2}, at::kDouble);
  dictionary.push(1, keys, at::arange(4));
  EXPECT_TRUE(dictionary.isEmpty(0));
  EXPECT_TRUE(at::equal(dictionary.keys(1), keys.slice(0, 1)));
  StateDict state;
  dictionary.appendState(state, "d");
  KeyDictionary other(2, 3);
  other.push(0, keys, at::arange(4));
  other.restore(state, "d", keys);
  EXPECT_TRUE(other.isEmpty(0));
  EXPECT_TRUE(at::equal(other.keys(1), dictionary.keys(1)));
  EXPECT_TRUE(at::equal(other.images(1), at::arange(1, 4)));
}

TEST(MomentumWeights, FollowAndStandInWhileAScopeLives) {
  nets::PatchSampler sampler({2}, 2, /*heads=*/true);
  const at::NoGradGuard noGrad;
  const auto fill = [&](double value) {
    for (auto& parameter : sampler.parameters()) parameter.fill_(value);
  };
  const auto value = [&] { return sampler.parameters().front().flatten()[0].item<float>(); };
  MomentumWeights weights({{"F", &sampler}}, 0.75);
  fill(1);
  weights.update();  // begins there
  fill(5);
  weights.update();  // 0.75 * 1 + 0.25 * 5
  {
    const MomentumWeights::Scope averaged(weights);
    EXPECT_EQ(value(), 2);
  }
  EXPECT_EQ(value(), 5);
  StateDict state;
  weights.appendState(state, "m");
  MomentumWeights others({{"F", &sampler}}, 0.75);
  others.restore(state, "m");
  const MomentumWeights::Scope averaged(others);
  EXPECT_EQ(value(), 2);
}

TEST(NearestNegatives, AreTheMostSimilarKeysButTheQuerysOwn) {
  const at::Tensor keys = at::tensor({1.0, 0.9, 0.2, -1.0, 0.5}, at::kDouble).reshape({5, 1});
  const at::Tensor ids = at::tensor({40, 10, 20, 30, 50}, at::kLong);
  const at::Tensor query = at::ones({1, 1}, at::kDouble);
  EXPECT_TRUE(at::equal(nearestPositions(query, keys, ids, 40, 3), at::tensor({10, 50, 20}, at::kLong)));
  EXPECT_EQ(nearestPositions(query, keys, ids, 99, 10).size(0), 5);
}

TEST(NearestNegatives, AreFramedInTheImage) {
  // A map of 4 x 4 on 32 x 32 pixels: position 5 stands for rows and columns 8 to 15, framed from 8 to 16.
  const at::Tensor image = at::zeros({1, 3, 32, 32});
  const at::Tensor picture =
      framed(image, {.height = 4, .width = 4, .query = 5, .negatives = at::tensor({15}, at::kLong)});
  EXPECT_EQ(image.abs().max().item<float>(), 0) << "the image itself stays";
  for (const int at : {8, 12, 16}) EXPECT_EQ(picture[0][1][8][at].item<float>(), 1) << "yellow";
  EXPECT_EQ(picture[0][2][12][16].item<float>(), -1);
  EXPECT_EQ(picture[0][0][12][12].item<float>(), 0) << "within the frame";
  EXPECT_EQ(picture[0][1][24][28].item<float>(), -1) << "red";
  EXPECT_EQ(picture.eq(1).sum().item<int>(), 2 * 32 + 28) << "frames of 9 x 9, and of 8 x 8 at the border";
}

TEST(Relations, GrowHarderWithTheEpochs) {
  // The same step in an early and a late epoch: a smaller gamma leaves less of easy negatives.
  const Variant hard{"src_hdce", {.loss = PatchLoss::srcHdce, .gamma = 50, .gammaMin = 0.05}};
  const auto contrast = [&](std::int64_t epoch) {
    Trainee run(hard);
    at::Generator random = at::make_generator<at::CPUGeneratorImpl>(5);
    const at::Tensor a = at::rand({1, 3, 32, 32}, random, at::TensorOptions(at::kFloat)) - 0.5;
    const StepResult result =
        run.method->step({.realA = a, .realB = a, .random = random, .epoch = epoch, .epochs = 10});
    return run.loss(result.losses, "NCE");
  };
  EXPECT_LT(contrast(10), contrast(1));
}

TEST(Agreement, IdentityEndsWithItsEpochsAndTheDiscriminatorHasItsRate) {
  Trainee run({"enco", {}, true},
              {.lambdaIdentity = 10, .identityEpochs = 2, .learningRate = 5e-5, .learningRateD = 2e-4});
  const auto losses = run.steps(0, 3);  // epochs 1, 2 and 3
  EXPECT_GT(run.loss(losses[1], "idt"), 0);
  EXPECT_EQ(run.loss(losses[2], "idt"), 0);
  run.method->setLearningRate(1e-5);
  for (const NamedOptimizer& optimizer : run.method->optimizers())
    EXPECT_DOUBLE_EQ(optimizer.adam->param_groups().front().options().get_lr(),
                     optimizer.name == "optimizer_D" ? 4e-5 : 1e-5);
}

TEST(Agreement, RefusesWhatItCannotPairOrSample) {
  const auto heads = std::make_shared<nets::AgreementHeads>(std::vector<std::int64_t>{4}, 8);
  const CutOptions good{.nceIdentity = false, .nceLayers = {3, 7}};
  EXPECT_NO_THROW(EncoderAgreement(good, heads));
  EXPECT_THROW(EncoderAgreement({.nceIdentity = false, .nceLayers = {3, 7, 11}}, heads), Error);
  EXPECT_THROW(EncoderAgreement({.lambdaGan = 0, .nceIdentity = false, .nceLayers = {3, 7}}, heads), Error);
  EXPECT_THROW(EncoderAgreement({.nceIdentity = true, .nceLayers = {3, 7}}, heads), Error);
}

}  // namespace
}  // namespace cut::trainer
