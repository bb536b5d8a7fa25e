// Words from a file, made safe and short enough for a message or a terminal.
#pragma once

#include <string>
#include <string_view>

namespace cut {

// Control characters and what is not UTF-8 become \xNN; text beyond `limit` bytes ends in "...".
std::string printable(std::string_view text, std::size_t limit = 120);

}  // namespace cut
