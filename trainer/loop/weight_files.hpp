// The files that a run leaves for others: the reference's state_dicts, and model.pt.
#pragma once

#include <filesystem>
#include <string>

#include "cuttranslate/model_file.hpp"
#include "trainer/loop/networks.hpp"

namespace cut::trainer {

// <epoch>_net_G.pth, _net_D.pth and _net_F.pth, as the reference names and reads them. With `average` (the
// generator's averaged weights, or empty) also <epoch>_net_G_ema.pth.
void writeNetworks(const std::filesystem::path& folder, const std::string& epoch, const Networks& networks,
                   const StateDict& average);

// From <folder>/<epoch>_net_*.pth. A missing F or D is left as it is initialised, and said by `notice`.
// Throws notFound without G, wrongFile where the networks are others.
void readNetworks(const std::filesystem::path& folder, const std::string& epoch, Networks& networks,
                  const std::function<void(const std::string&)>& notice);

// model.pt: the generator (averaged where there is an average) with its spec, preprocessing, origin and a
// sample pair computed in float32.
void writeModel(const std::filesystem::path& path, const TrainOptions& options, const Networks& networks,
                const StateDict& average);

}  // namespace cut::trainer
