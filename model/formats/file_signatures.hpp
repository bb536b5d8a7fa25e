// Telling what a file is that we do not read, so that the refusal can say it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cut {

inline constexpr std::size_t recognisedBytes = 4096;

// What to do with a file that only Python reads, as a sentence's end.
inline constexpr std::string_view saveAgain =
    "; load it in Python with PyTorch and save its state_dict with torch.save";

// What a shard of a distributed checkpoint is, and what to do with it.
inline constexpr std::string_view distributedShard =
    "a shard of torch.distributed.checkpoint (.distcp): `python -m torch.distributed.checkpoint.format_utils "
    "dcp_to_torch FOLDER model.pth` makes one file of the folder that it lies in";

bool looksLikeZip(std::span<const std::byte> head) noexcept;

// "is a JPEG picture", with what to do where there is something. `head`: the first bytes, up to
// recognisedBytes.
std::string describeForeign(std::span<const std::byte> head);

// What a file's name tells of why it could not be read, as a sentence's end; empty: nothing. A part of a
// state_dict in several files ("-00001-of-00002"), or of a distributed checkpoint.
std::string adviceOnName(std::string_view fileName);

}  // namespace cut
