// SPDX-License-Identifier: MIT
// The text of error messages: strings from a file made safe to print, and the context of an error.
#pragma once

#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cuttranslate/error.hpp"

namespace cut {

// Control characters and bytes that are not UTF-8 become \xNN; text beyond `limit` bytes ends in "...".
std::string printable(std::string_view text, std::size_t limit = 120);

// Runs `read`. Errors that it throws get "<context>: " in front; std::bad_alloc and std::length_error become
// outOfMemory.
template <typename Read>
auto withErrorContext(const std::string& context, Read read) {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(error.kind(), context.empty() ? error.what() : context + ": " + error.what());
  } catch (const std::bad_alloc&) {
    throw Error(ErrorKind::outOfMemory, context + ": there is not enough memory to read it");
  } catch (const std::length_error&) {
    throw Error(ErrorKind::outOfMemory, context + ": there is not enough memory to read it");
  }
}

}  // namespace cut
