#include "trainer/options/config_file.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(blanks) - from + 1));
}

// U+0000 to U+10FFFF without surrogates, as UTF-8.
std::string utf8(std::uint32_t code) {
  const auto tail = [code](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xe0 | code >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | code >> 18), tail(12), tail(6), tail(0)};
}

class Reader {
 public:
  Reader(std::string_view text, std::string source) : text_(text), source_(std::move(source)) {}

  std::vector<ConfigSetting> read() {
    std::vector<ConfigSetting> settings;
    for (skipEmptyLines(); !atEnd(); skipEmptyLines()) {
      if (peek() == '[')
        readSection();
      else
        settings.push_back(readSetting());
      endLine();
    }
    return settings;
  }

 private:
  bool atEnd() const noexcept { return at_ >= text_.size(); }
  char peek() const noexcept { return atEnd() ? '\n' : text_[at_]; }
  bool isBlank() const noexcept { return !atEnd() && blanks.find(peek()) != std::string_view::npos; }

  char next() noexcept {
    const char c = text_[at_++];
    if (c == '\n') ++line_;
    return c;
  }

  std::string place() const { return source_ + ", line " + std::to_string(line_); }
  [[noreturn]] void fail(const std::string& sentence) const {
    throw Error(ErrorKind::wrongFile, place() + ": " + sentence);
  }

  void skipBlanks() noexcept {
    while (isBlank()) ++at_;
  }
  void skipComment() noexcept {
    while (!atEnd() && peek() != '\n') ++at_;
  }
  void skipEmptyLines() noexcept {
    for (skipBlanks(); !atEnd() && (peek() == '\n' || peek() == '#' || peek() == ';'); skipBlanks()) {
      skipComment();
      if (!atEnd()) next();
    }
  }
  void endLine() {
    skipBlanks();
    if (peek() == '#') skipComment();
    if (peek() != '\n')
      fail("expected the end of the line behind a value, got '" + std::string(1, peek()) + "'");
  }

  // Up to any of `ends`, a comment or the end of the line.
  std::string bare(std::string_view ends) {
    const std::size_t from = at_;
    while (peek() != '\n' && peek() != '#' && ends.find(peek()) == std::string_view::npos) ++at_;
    return trimmed(text_.substr(from, at_ - from));
  }

  void readSection() {
    ++at_;
    const std::string name = bare("]");
    if (peek() != ']') fail("expected a ] behind [" + printable(name));
    ++at_;
    if (name != "train" && name != "default")
      fail("the section [" + printable(name) + "] is not known; expected [train], or none");
  }

  ConfigSetting readSetting() {
    ConfigSetting setting{.place = place()};
    setting.name = bare("=");
    if (setting.name.empty()) fail("expected name = value");
    if (peek() != '=') {
      setting.values = {"true"};
      return setting;
    }
    ++at_;
    skipBlanks();
    if (peek() == '[')
      setting.values = readArray();
    else
      setting.values = {readValue("")};
    return setting;
  }

  std::vector<std::string> readArray() {
    std::vector<std::string> values;
    ++at_;
    for (;;) {
      skipEmptyLines();
      if (atEnd()) fail("expected a ] at the end of the array");
      if (peek() == ']') break;
      values.push_back(readValue(",]"));
      skipEmptyLines();
      if (peek() == ',')
        ++at_;
      else if (peek() != ']')
        fail("expected a comma or a ] behind a value of the array");
    }
    ++at_;
    return values;
  }

  std::string readValue(std::string_view ends) {
    if (peek() == '"') return readBasic();
    if (peek() == '\'') return readLiteral();
    std::string value = bare(ends);
    if (value.empty()) fail("expected a value; an empty text is \"\"");
    return value;
  }

  std::string readLiteral() {
    const std::size_t from = ++at_;
    while (peek() != '\n' && peek() != '\'') ++at_;
    if (peek() != '\'') fail("expected a ' at the end of the text");
    return std::string(text_.substr(from, at_++ - from));
  }

  std::string readBasic() {
    ++at_;
    std::string value;
    while (peek() != '"') {
      if (peek() == '\n') fail("expected a \" at the end of the text");
      if (peek() == '\\')
        value += readEscape();
      else
        value += next();
    }
    ++at_;
    return value;
  }

  std::string readEscape() {
    constexpr std::string_view letters = "btnfr\"\\";
    constexpr std::string_view meanings = "\b\t\n\f\r\"\\";
    ++at_;
    const char letter = peek();
    if (letter == 'u' || letter == 'U') return readCode(letter == 'u' ? 4 : 8);
    const auto index = letters.find(letter);
    if (index == std::string_view::npos)
      fail("the escape \\" + printable(std::string(1, letter)) +
           " is not known; a backslash is written \\\\, or the text in '...'");
    ++at_;
    return {meanings[index]};
  }

  std::string readCode(int digits) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::uint32_t code = 0;
    ++at_;
    for (int i = 0; i < digits; ++i) {
      const char c = peek();
      const auto digit = hex.find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
      if (digit == std::string_view::npos)
        fail("expected " + std::to_string(digits) + " hexadecimal digits behind \\u or \\U");
      code = code << 4 | static_cast<std::uint32_t>(digit);
      ++at_;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) fail("no character has that number");
    return utf8(code);
  }

  std::string_view text_;
  std::string source_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::vector<ConfigSetting> parseConfig(std::string_view text, const std::string& source) {
  return Reader(text, source).read();
}

std::vector<ConfigSetting> readConfig(const std::filesystem::path& path) {
  constexpr std::size_t largest = 1 << 20;
  const std::string name = printable(path.string());
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw Error(ErrorKind::notFound, "--config: there is no file " + name);
  std::ifstream file(path, std::ios::binary);
  if (!std::filesystem::is_regular_file(path, error) || !file)
    throw Error(ErrorKind::io, "--config: " + name + " cannot be read");
  std::string text(largest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) throw Error(ErrorKind::io, "--config: " + name + " cannot be read");
  if (text.size() > largest)
    throw Error(ErrorKind::wrongFile, "--config: " + name + " is larger than 1 MiB: no configuration");
  return parseConfig(text, printable(path.filename().string()));
}

std::string quotedForConfig(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (byte < ' ' || byte == 0x7f) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(byte));
      quoted += code.data();
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace cut::trainer
