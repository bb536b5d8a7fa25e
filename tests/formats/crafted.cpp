// SPDX-License-Identifier: MIT
#include "crafted.hpp"

#include <span>

#include "formats/pickle_machine.hpp"
#include "formats/zip_archive.hpp"

namespace cut::test {

Bytes bytesOf(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Bytes archiveOf(const std::vector<std::pair<std::string, std::string>>& members) {
  ZipWriter zip;
  for (const auto& [name, content] : members) zip.add(name, std::as_bytes(std::span(content)));
  return zip.finish();
}

Bytes torchArchiveOf(std::string_view pickle,
                     const std::vector<std::pair<std::string, std::string>>& storages) {
  std::vector<std::pair<std::string, std::string>> members = {{"archive/data.pkl", std::string(pickle)}};
  for (const auto& [key, content] : storages) members.emplace_back("archive/data/" + key, content);
  return archiveOf(members);
}

namespace pickle {
namespace {

std::string littleEndian(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

std::string code(std::uint8_t op) {
  return {static_cast<char>(op)};
}

std::string numbers(const std::vector<std::int64_t>& values) {
  std::string items = code(op::mark);
  for (const std::int64_t value : values) items += number(value);
  return items + code(op::tuple);
}

}  // namespace

std::string text(std::string_view text) {
  return code(op::binUnicode) + littleEndian(text.size(), 4) + std::string(text);
}

std::string global(std::string_view module, std::string_view name) {
  return code(op::global) + std::string(module) + '\n' + std::string(name) + '\n';
}

std::string number(std::int64_t value) {
  return code(op::long1) + code(8) + littleEndian(static_cast<std::uint64_t>(value), 8);
}

std::string tuple(std::initializer_list<std::string> items) {
  std::string all = code(op::mark);
  for (const std::string& item : items) all += item;
  return all + code(op::tuple);
}

std::string dict(std::initializer_list<std::pair<std::string, std::string>> entries) {
  std::string all = code(op::emptyDict) + code(op::mark);
  for (const auto& [key, value] : entries) all += text(key) + value;
  return all + code(op::setItems);
}

std::string storage(std::string_view type, std::string_view key, std::int64_t elements) {
  return tuple({text("storage"), global("torch", type), text(key), text("cpu"), number(elements)}) +
         code(op::binPersId);
}

std::string legacyStorage(std::string_view type, std::string_view key, std::int64_t elements) {
  return tuple({text("storage"), global("torch", type), text(key), text("cpu"), number(elements),
                code(op::none)}) +
         code(op::binPersId);
}

std::string tensor(const std::string& storage, std::int64_t offset, const std::vector<std::int64_t>& shape,
                   const std::vector<std::int64_t>& strides) {
  const std::string hooks = global("collections", "OrderedDict") + code(op::emptyTuple) + code(op::reduce);
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple({storage, number(offset), numbers(shape), numbers(strides), code(op::newFalse), hooks}) +
         code(op::reduce);
}

std::string whole(std::string_view body) {
  return code(op::proto) + code(2) + std::string(body) + code(op::stop);
}

}  // namespace pickle

}  // namespace cut::test
