// SPDX-License-Identifier: MIT
// What our HTML pages share: filling a template, escaping, pictures as JSON.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cut::trainer {

// The template with every {{name}} replaced by valueOf(name); replacements are not expanded again.
std::string filledTemplate(std::string_view text,
                           const std::function<std::string(std::string_view)>& valueOf);

// With &, < and > escaped.
std::string htmlText(std::string_view text);

// {"7": {"width": ..., "height": ..., "data": base64}, ...} of WebP pictures by number.
std::string picturesJson(const std::map<std::int64_t, std::string>& pictures);

}  // namespace cut::trainer
