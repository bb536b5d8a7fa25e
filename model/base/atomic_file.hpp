// SPDX-License-Identifier: MIT
// Writing a file atomically: a reader finds the old content or the new one, never a part of it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace cut {

// Writes to a temporary name in the same folder, syncs, renames. Throws io with the path and the reason; then
// the temporary file is removed and the old file is unchanged.
void writeFileAtomically(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace cut
