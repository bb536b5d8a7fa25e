// JSON that may stand inside a page's <script>.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cut::trainer {

// No "<" is left in it, so that nothing closes the element; bytes that are no UTF-8 become U+FFFD.
std::string jsonText(const nlohmann::json& value);

}  // namespace cut::trainer
