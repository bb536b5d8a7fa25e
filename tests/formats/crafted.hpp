// SPDX-License-Identifier: MIT
// Archives and pickles put together by hand, for files that torch.save would not write.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cuttranslate/error.hpp"

namespace cut::test {

using Bytes = std::vector<std::byte>;

Bytes bytesOf(std::string_view text);

// A zip archive of these stored members.
Bytes archiveOf(const std::vector<std::pair<std::string, std::string>>& members);

// PyTorch's layout around a pickle: archive/data.pkl, archive/data/<key>.
Bytes torchArchiveOf(std::string_view pickle,
                     const std::vector<std::pair<std::string, std::string>>& storages = {});

// Parts of a pickle of protocol 2.
namespace pickle {

std::string text(std::string_view text);
std::string global(std::string_view module, std::string_view name);
std::string number(std::int64_t value);  // LONG1
std::string tuple(std::initializer_list<std::string> items);
std::string dict(std::initializer_list<std::pair<std::string, std::string>> entries);
std::string storage(std::string_view type, std::string_view key, std::int64_t elements);
// The same in the legacy format.
std::string legacyStorage(std::string_view type, std::string_view key, std::int64_t elements);
// What torch.save writes for a tensor.
std::string tensor(const std::string& storage, std::int64_t offset, const std::vector<std::int64_t>& shape,
                   const std::vector<std::int64_t>& strides);
// Between the opcodes PROTO and STOP.
std::string whole(std::string_view body);

}  // namespace pickle

// The error that `action` throws: its kind and message.
struct Refusal {
  ErrorKind kind = ErrorKind::internal;
  std::string message = "nothing was thrown";
};

template <typename Action>
Refusal refusalOf(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return {error.kind(), error.what()};
  }
  return {};
}

}  // namespace cut::test
