// SPDX-License-Identifier: MIT
#include "trainer/methods/contrastive/make_contrastive.hpp"

#include <utility>

#include "cuttranslate/error.hpp"
#include "trainer/methods/contrastive/attention_contrast.hpp"
#include "trainer/methods/contrastive/dictionary_contrast.hpp"
#include "trainer/methods/contrastive/patch_contrast.hpp"
#include "trainer/methods/contrastive/weighted_contrast.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {

namespace {

std::unique_ptr<ContrastiveLoss> makePatchNce(const CutOptions& options,
                                              std::shared_ptr<nets::Generator> generator,
                                              std::shared_ptr<nets::PatchSampler> sampler) {
  switch (options.contrast.negatives) {
    case nets::Negatives::internal:
      return std::make_unique<PatchContrast>(options, std::move(sampler));
    case nets::Negatives::external:
    case nets::Negatives::both:
      return std::make_unique<DictionaryContrast>(options, std::move(generator), std::move(sampler));
    case nets::Negatives::images:
      return std::make_unique<ImageContrast>(options, std::move(sampler));
  }
  throw Error(ErrorKind::internal, "negatives without a loss");
}

}  // namespace

std::unique_ptr<ContrastiveLoss> makeContrastive(const CutOptions& options,
                                                 std::shared_ptr<nets::Generator> generator,
                                                 std::shared_ptr<nets::PatchSampler> sampler) {
  switch (options.contrast.loss) {
    case nets::PatchLoss::patch:
      return makePatchNce(options, std::move(generator), std::move(sampler));
    case nets::PatchLoss::monce:
      return std::make_unique<MonceContrast>(options, std::move(sampler));
    case nets::PatchLoss::srcHdce:
      return std::make_unique<RelationContrast>(options, std::move(sampler));
    case nets::PatchLoss::qsAttn:
      return std::make_unique<AttentionContrast>(options, std::move(sampler));
  }
  throw Error(ErrorKind::internal, "--nce without a loss");
}

}  // namespace cut::trainer
