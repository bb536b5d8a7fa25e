#include "base/byte_reader.hpp"

#include <algorithm>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut {

ByteReader::ByteReader(FileSource file) : from_(std::move(file)) {}

ByteReader::ByteReader(std::span<const std::byte> bytes) : from_(bytes) {}

std::uint64_t ByteReader::size() const noexcept {
  if (const auto* file = std::get_if<FileSource>(&from_)) return file->size();
  return std::get_if<std::span<const std::byte>>(&from_)->size();
}

std::vector<std::byte> ByteReader::read(std::uint64_t offset, std::uint64_t count) const {
  const std::uint64_t from = std::min(offset, size());
  const auto most = static_cast<std::size_t>(std::min(count, size() - from));
  if (const auto* file = std::get_if<FileSource>(&from_)) return file->read(from, most);
  const auto part = std::get<std::span<const std::byte>>(from_).subspan(static_cast<std::size_t>(from), most);
  return {part.begin(), part.end()};
}

std::vector<std::byte> ByteReader::readExactly(std::uint64_t offset, std::uint64_t count) const {
  std::vector<std::byte> bytes = read(offset, count);
  if (bytes.size() != count)
    throw Error(ErrorKind::wrongFile, "ends within its tensors; the file is truncated or damaged");
  return bytes;
}

}  // namespace cut
