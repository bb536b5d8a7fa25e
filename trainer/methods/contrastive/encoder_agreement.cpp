// SPDX-License-Identifier: MIT
#include "trainer/methods/contrastive/encoder_agreement.hpp"

#include <ATen/ATen.h>

#include <utility>

#include "cuttranslate/error.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {

EncoderAgreement::EncoderAgreement(const CutOptions& options, std::shared_ptr<nets::AgreementHeads> heads)
    : heads_(std::move(heads)),
      weight_(options.lambdaNce),
      sampling_{.patches = options.patches,
                .oversampling = options.contrast.oversampling,
                .randomRatio = options.contrast.randomRatio} {
  if (options.nceLayers.empty() || options.nceLayers.size() % 2 != 0)
    throw Error(
        ErrorKind::invalidArgument,
        "--content enco pairs layers from the outside in; expected an even number of nce_layers, got " +
            std::to_string(options.nceLayers.size()));
  if (options.lambdaGan <= 0 || options.nceIdentity)
    throw Error(
        ErrorKind::invalidArgument,
        "--content enco chooses patches by what the discriminator says of G(A); expected a lambda_GAN above "
        "0 and no nce_idt");
}

ContrastiveValue EncoderAgreement::of(const FeaturePair& pair) {
  at::Generator random = pair.random;
  at::Tensor total;
  for (std::size_t i = 0; i < pair.source.size(); ++i) {
    const at::Tensor &source = pair.source[i], &target = pair.target[i];
    const at::Tensor ids =
        pair.ids ? pair.ids->at(i)
                 : nets::guidedPatchIds(pair.prediction, source.size(2), source.size(3), sampling_, random);
    at::Tensor projections;
    {
      const at::NoGradGuard noGrad;  // the encoder is the teacher
      projections = heads_->project(i, nets::patchesAt(source, ids));
    }
    const at::Tensor predictions = heads_->predict(i, nets::patchesAt(target, ids));
    const at::Tensor loss = nets::agreementLoss(predictions, projections).mean() * weight_;
    total = total.defined() ? total + loss : loss;
  }
  return {total / static_cast<double>(pair.source.size()), {}};
}

}  // namespace cut::trainer
