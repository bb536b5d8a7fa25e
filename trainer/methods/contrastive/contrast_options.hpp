// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "nets/agreement_heads.hpp"
#include "nets/contrastive_losses.hpp"
#include "nets/training_enums.hpp"

namespace cut::trainer {

// What stands in PatchNCE's place, and how. Defaults are the papers' and their programs'.
struct ContrastOptions {
  nets::PatchLoss loss = nets::PatchLoss::patch;                // nce
  nets::Negatives negatives = nets::Negatives::internal;        // nce_negatives
  std::int64_t queueSize = 4096;                                // patches of a layer, for each domain
  double momentum = 0.999;                                      // of the dictionary's encoder and heads
  nets::MonceOptions monce = {};                                // cost_type, ot_eps, neg_term_weight
  double lambdaRelation = 0.05;                                 // lambda_SRC
  double gamma = 50;                                            // HDCE_gamma, before the first epoch
  double gammaMin = 10;                                         // in the last
  nets::AttentionSpan attention = nets::AttentionSpan::global;  // QS_mode
  int oversampling = 4;                                         // oversample_ratio, of EnCo
  double randomRatio = 0.5;                                     // random_ratio, of EnCo
};

}  // namespace cut::trainer
