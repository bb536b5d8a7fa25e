// SPDX-License-Identifier: MIT
// Errors: every function of libcuttranslate that can fail throws cut::Error.
#pragma once

#include "cuttranslate/export.hpp"

#include <stdexcept>
#include <string>

namespace cut {

enum class ErrorKind {
  invalidArgument,  // a setting or argument out of its range
  notFound,         // a file or folder that does not exist
  io,           // a file or folder that cannot be read or written: permissions, a FIFO, a device, a full disk
  wrongFile,    // the content of a file: another format, truncated, damaged, hostile
  unsupported,  // valid, but not in this build or not on this machine
  noDevice,     // a device that this machine or this build does not have
  outOfMemory,
  moduleMissing,  // an engine module that is not installed or cannot be loaded
  mismatch,       // SharedModel::verify() found another output than the file's sample
  internal,       // a failure inside an engine
};

// The message says what was expected, what was found, and what to do.
class CUT_API Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

// An error as a value, for passing between threads: copies of an exception share its text.
struct Fault {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
};

}  // namespace cut
