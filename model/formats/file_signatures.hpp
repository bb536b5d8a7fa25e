// SPDX-License-Identifier: MIT
// Recognises files that are not read here, so that the error message can say what they are.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cut {

// How many bytes of a file's beginning the functions here need.
inline constexpr std::size_t signatureBytes = 4096;

// The end of an error message about a file that only Python reads.
inline constexpr std::string_view saveAgainHint =
    "; load it in Python with PyTorch and save its state_dict with torch.save";

// What a shard of a distributed checkpoint is and how to convert it.
inline constexpr std::string_view distributedShard =
    "a shard of torch.distributed.checkpoint (.distcp): `python -m torch.distributed.checkpoint.format_utils "
    "dcp_to_torch FOLDER model.pth` makes one file of the folder that it lies in";

// The file begins as a zip archive.
bool isZipArchive(std::span<const std::byte> head) noexcept;

// "is a JPEG picture", for some formats with what to do. `head` has the first bytes, up to signatureBytes.
std::string describeFormat(std::span<const std::byte> head);

// The end of an error message, for a file that by its name is a part of a state_dict in several files
// ("-00001-of-00002") or a shard of a distributed checkpoint; empty for any other.
std::string nameAdvice(std::string_view fileName);

}  // namespace cut
