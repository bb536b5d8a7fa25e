// Losses under the reference's names.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "trainer/methods/cut_step.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

// Those that the options switch on, always in the same order.
inline std::vector<std::pair<std::string, double>> namedLosses(const TrainOptions& options,
                                                               const Losses& losses) {
  std::vector<std::pair<std::string, double>> named{{"G_GAN", losses.ganG},
                                                    {"D_real", losses.real},
                                                    {"D_fake", losses.fake},
                                                    {"G", losses.total},
                                                    {"NCE", losses.nce}};
  if (options.nceIdt) named.emplace_back("NCE_Y", losses.nceY);
  if (options.lambdaIdentity > 0) named.emplace_back("idt", losses.identity);
  if (options.lambdaSelf > 0) named.emplace_back("self", losses.self);
  if (options.lambdaColour > 0) named.emplace_back("colour", losses.colour);
  if (options.ganMode == "wgangp" && !options.referenceQuirks) named.emplace_back("D_gp", losses.penalty);
  return named;
}

}  // namespace cut::trainer
