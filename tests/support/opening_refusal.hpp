// SPDX-License-Identifier: MIT
// What is said where a model is not opened.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"

namespace cut::test {

// The error's message; that there is one, and of this kind, is expected.
inline std::string openingRefusal(const std::filesystem::path& model, const EngineOptions& options,
                                  ErrorKind kind) {
  try {
    SharedModel::open(model, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace cut::test
