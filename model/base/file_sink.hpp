// Writing a file so that under its name there is always a whole one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace cut {

// Writes to a temporary name in the same folder, syncs, renames. On failure the temporary file is removed,
// what was there before stays, and io, naming the path and the reason, is thrown.
void writeWholeFile(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace cut
