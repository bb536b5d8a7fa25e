// Where the parts of a zip archive lie. libzip does not mind members that lie inside each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace cut {

// Up to `count` bytes from `offset`.
using ReadAt = std::function<std::vector<std::byte>(std::uint64_t offset, std::size_t count)>;

// Throws wrongFile unless the members, at most 10,000, lie one behind the other, in the order of the table of
// contents, and that behind them. libzip finds the same table, and in it no other members.
void checkZipLayout(std::uint64_t fileSize, const ReadAt& readAt);

}  // namespace cut
