// SPDX-License-Identifier: MIT
#include "base/text.hpp"

#include <cstdint>

namespace cut {
namespace {

// The length in bytes of the UTF-8 character at the start of `text`; 0 where it is not one that is printed.
std::size_t characterLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7F ? 1 : 0;
  const std::size_t length = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (length == 0 || lead >= 0xF5 || length > text.size()) return 0;
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte & 0x3F);
  }
  const bool control = code < 0xA0;
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  // Bidirectional control characters reorder the text around them, so that a message would read differently.
  const bool bidirectional = (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
                             (code >= 0x2066 && code <= 0x2069);
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  return control || surrogate || bidirectional || overlong || code > 0x10FFFF ? 0 : length;
}

std::string escaped(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string shown;
  for (std::size_t i = 0; i < text.size();) {
    if (shown.size() >= limit) return shown + "...";
    const std::size_t length = characterLength(text.substr(i));
    if (length == 0) {
      shown += escaped(text[i++]);
    } else {
      shown += text.substr(i, length);
      i += length;
    }
  }
  return shown;
}

}  // namespace cut
