// SPDX-License-Identifier: MIT
// What may stand in PatchNCE's place, and its settings. Names and defaults are those of the papers' programs,
// where these have them.
#include "trainer/options/tables.hpp"

namespace cut::trainer {

using nets::AttentionSpan, nets::MonceCost, nets::Negatives, nets::PatchLoss;

void addContrastOptions(OptionTable& table, TrainOptions& options) {
  table.group("Contrastive loss");
  table.choice(
      "content", options.content, {Content::nce, Content::enco},
      "what holds a translation to its source. nce: PatchNCE or what --nce says; enco: the decoder's "
      "maps agree with the encoder's (EnCo), which --lambda_NCE then weighs");
  table.choice(
      "nce", options.nce, {PatchLoss::patch, PatchLoss::monce, PatchLoss::srcHdce, PatchLoss::qsAttn},
      "patch: PatchNCE; monce: negatives weighed by optimal transport; src_hdce: patch relations kept, "
      "and hard negatives; qs_attn: patches chosen and summed by attention");
  table.choice("nce_negatives", options.nceNegatives,
               {Negatives::internal, Negatives::external, Negatives::both, Negatives::images},
               "of --nce patch. internal: patches of the same image; external: of others, from a dictionary; "
               "images: whole images of the batch against each other");
  table.integer("nce_queue_size", options.nceQueueSize, {1, 1 << 22},
                "patches in the dictionary, for each layer and domain");
  table.real("nce_momentum", options.nceMomentum, {0, 1, true},
             "decay, per step, of the averaged weights that fill the dictionary");
  table.choice("cost_type", options.costType, {MonceCost::hard, MonceCost::easy},
               "of monce. hard: negatives that resemble a query weigh more; easy: those that do not");
  table.real("ot_eps", options.otEps, {0.05, 1000}, "of monce: the smaller, the more its weights differ");
  table.real("neg_term_weight", options.negTermWeight, {1e-6, 1e6},
             "of monce: weight of the negatives against the positive");
  table.real("lambda_SRC", options.lambdaSrc, {0, 1e5},
             "of src_hdce: weight of the relations; --lambda_NCE weighs the contrast");
  table.real("HDCE_gamma", options.hdceGamma, {1e-3, 1e6},
             "of src_hdce: the smaller, the more only hard negatives count; at the beginning");
  table.real("HDCE_gamma_min", options.hdceGammaMin, {1e-3, 1e6}, "the same in the last epoch");
  table.choice("QS_mode", options.qsMode,
               {AttentionSpan::global, AttentionSpan::local, AttentionSpan::localGlobal},
               "of qs_attn: what a patch attends to. global: the whole map; local: 7x7 positions, for large "
               "crops; local_global: chosen by the one, summed by the other");
  table.integer("oversample_ratio", options.oversampleRatio, {1, 1024},
                "of enco: candidates for each patch that the discriminator chooses");
  table.real("random_ratio", options.randomRatio, {0, 1},
             "of enco: part of the patches that it does not choose");
  table.limitGroup({MethodName::cut, MethodName::sinCut});
}

}  // namespace cut::trainer
