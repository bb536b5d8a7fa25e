// Errors about a file begin with its name, wherever they arise.
#pragma once

#include <new>
#include <stdexcept>
#include <string>

#include "cuttranslate/error.hpp"

namespace cut {

// Runs `read`; its errors, and a lack of memory, become a cut::Error that begins with `subject`.
template <typename Read>
auto namingSubject(const std::string& subject, Read read) {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(error.kind(), subject.empty() ? error.what() : subject + ": " + error.what());
  } catch (const std::bad_alloc&) {
    throw Error(ErrorKind::outOfMemory, subject + ": there is not enough memory to read it");
  } catch (const std::length_error&) {
    throw Error(ErrorKind::outOfMemory, subject + ": there is not enough memory to read it");
  }
}

}  // namespace cut
