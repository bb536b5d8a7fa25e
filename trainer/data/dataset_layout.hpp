// SPDX-License-Identifier: MIT
// GTA5 (Richter et al. 2016) and Cityscapes (Cordts et al. 2016) as their archives unpack: which folders hold
// images, and which hold the annotations beside them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cut::trainer {

// Those of a folder's entries that are searched for images; the others belong to a known layout and hold
// none:
//   leftImg8bit/            alone, beside whatever else Cityscapes unpacks
//   leftImg8bit/SPLIT/      of the splits only the one of the phase; for "test" val, where there is no test
//   gtFine*/, gtCoarse*/, gtBbox*/, and files such as *_gtFine_color.png beside photographs
//   labels/ beside images/, and NN_labels/, as GTA5's archives 01 to 10 unpack
// `folder` is where the entries lie, without symbolic links. Throws notFound where Cityscapes has splits, and
// not the one of the phase.
std::vector<std::filesystem::path> searchedEntries(const std::filesystem::path& folder,
                                                   std::vector<std::filesystem::path> entries,
                                                   const std::string& phase);

}  // namespace cut::trainer
