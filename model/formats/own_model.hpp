// Models of cuttranslate: a dict with the network's description, its weights and where they come from.
#pragma once

#include "cuttranslate/model_file.hpp"
#include "formats/torch_archive.hpp"

namespace cut {

// The dict says that it is one.
bool isOwnModel(const PickleTree& tree, const PickleDict& root);

// Throws wrongFile naming the key that is missing or of another type, or unsupported for a newer version.
ModelFile readOwnModel(TorchArchive& archive, const PickleDict& root);

}  // namespace cut
