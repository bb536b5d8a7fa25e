#include "trainer/report/json_text.hpp"

#include <nlohmann/json.hpp>

namespace cut::trainer {

std::string jsonText(const nlohmann::json& value) {
  const std::string dumped = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string text;
  text.reserve(dumped.size());
  // It can only stand in a string, where \u003c says the same.
  for (const char c : dumped) text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return text;
}

}  // namespace cut::trainer
