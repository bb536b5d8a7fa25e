// PyTorch's zip format: `<prefix>/data.pkl` holds the structure, `<prefix>/data/<key>` the elements.
#pragma once

#include "formats/tensor_storages.hpp"
#include "formats/zip_archive.hpp"

namespace cut {

// The archive is one of TorchScript: it holds code.
bool isTorchScript(const ZipReader& zip) noexcept;

// Throws wrongFile; an archive of TorchScript is refused before anything else is read.
OpenedPickle openZipFormat(ZipReader zip);

}  // namespace cut
