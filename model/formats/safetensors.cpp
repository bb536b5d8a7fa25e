#include "formats/safetensors.hpp"

#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/tensor_checks.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

constexpr std::uint64_t longestHeader = 4 << 20;
constexpr std::size_t lengthBytes = 8;
constexpr std::size_t alignment = 8;  // of the elements, which spaces behind the header bring about

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::wrongFile, what);
}

// Its length is held against the file's before a byte of it is read.
std::string headerOf(const ByteReader& reader) {
  const std::vector<std::byte> prefix = reader.read(0, lengthBytes);
  if (prefix.size() < lengthBytes) fail("is too short for a safetensors file");
  std::uint64_t length = 0;
  std::memcpy(&length, prefix.data(), sizeof length);
  if (length > longestHeader || length > reader.size() - lengthBytes)
    fail("claims a safetensors header of " + std::to_string(length) + " bytes; expected at most " +
         std::to_string(longestHeader) + ", and no more than the file has");
  const std::vector<std::byte> bytes = reader.readExactly(lengthBytes, length);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void checkSpan(const SafetensorsEntry& entry, std::uint64_t previous, std::uint64_t size) {
  const std::string name = "its tensor '" + printable(entry.name) + "' ";
  if (entry.begin != previous)
    fail(name + "begins at byte " + std::to_string(entry.begin) + "; expected " + std::to_string(previous) +
         ", where the one before it ends: spans must be sorted, without overlaps and holes");
  if (entry.end < entry.begin || entry.end > size)
    fail(name + "ends at byte " + std::to_string(entry.end) + ", outside the file's " + std::to_string(size) +
         " bytes of tensors");
  const auto elements = checkedElements(entry.shape);
  const std::uint64_t bytes = entry.end - entry.begin;
  const std::string type(entry.dtype ? nameOf(*entry.dtype) : std::string_view(entry.foreignType));
  const std::uint64_t bits =
      bitsFromSafetensors(entry.dtype ? safetensorsName(*entry.dtype) : std::string_view(entry.foreignType));
  std::uint64_t expected = 0;
  const bool fits = elements &&
                    !__builtin_mul_overflow(static_cast<std::uint64_t>(*elements), bits, &expected) &&
                    (bits == 0 || (expected % 8 == 0 && expected / 8 == bytes));
  if (!fits)
    fail(name + "of shape " + shapeText(entry.shape) + " and type " + printable(type) + " has " +
         std::to_string(bytes) + " bytes");
}

std::string headerText(const SafetensorsFile& file) {
  nlohmann::ordered_json header;
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::uint64_t at = 0;
  for (const auto& [name, tensor] : file.tensors) {
    checkByteCount(tensor);
    const std::uint64_t end = at + tensor.data.size();
    header[name] = {
        {"dtype", safetensorsName(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::invalidArgument,
                "a name or a text of the model is no UTF-8, which a safetensors file cannot hold");
  }
  text.append((alignment - text.size() % alignment) % alignment, ' ');
  return text;
}

}  // namespace

bool isSafetensors(std::span<const std::byte> head) noexcept {
  if (head.size() < lengthBytes + 2 || head[lengthBytes] != std::byte{'{'}) return false;
  constexpr std::string_view follows = "\"} \n\r\t";  // a name, an end, or a header written for people
  return follows.find(static_cast<char>(head[lengthBytes + 1])) != std::string_view::npos;
}

SafetensorsReader::SafetensorsReader(ByteReader reader) : reader_(std::move(reader)) {
  const std::string json = headerOf(reader_);
  header_ = parseSafetensorsHeader(json);
  begin_ = lengthBytes + json.size();
  const std::uint64_t size = reader_.size() - begin_;
  std::uint64_t previous = 0;
  for (const SafetensorsEntry& entry : header_.entries) {
    checkSpan(entry, previous, size);
    previous = entry.end;
    if (entry.dtype) places_.push_back(static_cast<std::size_t>(&entry - header_.entries.data()));
  }
  if (previous != size)
    fail("has " + std::to_string(size - previous) + " bytes that belong to no tensor; it is damaged");
}

StateDict SafetensorsReader::outlines() const {
  StateDict outlines;
  outlines.reserve(places_.size());
  for (const std::size_t place : places_) {
    const SafetensorsEntry& entry = header_.entries[place];
    outlines.emplace_back(entry.name, Tensor{*entry.dtype, entry.shape, {}});
  }
  return outlines;
}

const SafetensorsEntry* SafetensorsReader::firstForeignWeight() const noexcept {
  for (const SafetensorsEntry& entry : header_.entries)
    if (!entry.dtype && (entry.name.ends_with(".weight") || entry.name.ends_with(".bias"))) return &entry;
  return nullptr;
}

Tensor SafetensorsReader::read(std::size_t index) const {
  const SafetensorsEntry& entry = header_.entries[places_[index]];
  return {*entry.dtype, entry.shape, reader_.readExactly(begin_ + entry.begin, entry.end - entry.begin)};
}

SafetensorsFile readSafetensors(std::span<const std::byte> bytes) {
  const SafetensorsReader reader{ByteReader(bytes)};
  SafetensorsFile file{reader.outlines(), reader.metadata()};
  for (std::size_t i = 0; i < file.tensors.size(); ++i) file.tensors[i].second = reader.read(i);
  return file;
}

std::vector<std::byte> safetensorsBytes(const SafetensorsFile& file) {
  const std::string header = headerText(file);
  const std::uint64_t length = header.size();
  std::size_t total = lengthBytes + header.size();
  for (const auto& [name, tensor] : file.tensors) total += tensor.data.size();
  std::vector<std::byte> bytes(total);
  std::byte* to = bytes.data();
  const auto append = [&to](std::span<const std::byte> part) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  };
  append(std::as_bytes(std::span(&length, 1)));
  append(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : file.tensors) append(tensor.data);
  return bytes;
}

}  // namespace cut
