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

bool looksLikeZip(std::span<const std::byte> head) noexcept;

// "is a JPEG picture", with what to do where there is something. `head`: the first bytes, up to
// recognisedBytes.
std::string describeForeign(std::span<const std::byte> head);

}  // namespace cut
