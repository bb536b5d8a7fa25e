// SPDX-License-Identifier: MIT
// The texts of cut-trainer --help, set for the terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/options/option_table.hpp"

namespace cut::trainer {

// Lines of `width` at most, all but the first with `indent` blanks in front. A line of `text` that begins
// with a blank stays as it is.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width);

// What `cut-trainer --help` prints.
std::string programHelp();

// What `cut-trainer COMMAND --help` prints; `defaults` has a text for each row of the table.
std::string commandHelp(std::string_view command, const OptionTable& table,
                        const std::vector<std::string>& defaults);

}  // namespace cut::trainer
