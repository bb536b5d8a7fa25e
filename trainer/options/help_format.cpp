#include "trainer/options/help_format.hpp"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <sstream>

namespace cut::trainer {
namespace {

constexpr std::size_t column = 30;  // of descriptions

void wrapLine(const std::string& line, std::size_t indent, std::size_t width, std::string& text) {
  std::istringstream words(line);
  std::size_t used = 0;
  for (std::string word; words >> word;) {
    const bool fits = used == 0 || used + 1 + word.size() + indent <= width;
    if (!fits) text += "\n" + std::string(indent, ' ');
    if (fits && used > 0) text += ' ';
    used = fits && used > 0 ? used + 1 + word.size() : word.size();
    text += word;
  }
}

}  // namespace

std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
  std::istringstream lines(text);
  std::string result;
  bool first = true;
  for (std::string line; std::getline(lines, line); first = false) {
    if (!first) result += "\n" + (line.empty() ? "" : std::string(indent, ' '));
    if (line.starts_with(' '))
      result += line;
    else
      wrapLine(line, indent, width, result);
  }
  return result;
}

std::size_t helpWidth() {
  constexpr std::size_t narrowest = 60;
  constexpr std::size_t widest = 100;
  std::size_t width = 0;
  if (const char* columns = ::getenv("COLUMNS"); columns != nullptr)
    std::from_chars(columns, columns + std::strlen(columns), width);
  winsize size{};
  if (width == 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  return width == 0 ? widest : std::clamp(width, narrowest, widest);
}

std::string HelpFormatter::row(const std::string& left, const std::string& right) const {
  std::string text = "  " + left;
  if (text.size() + 2 > column)
    text += "\n" + std::string(column, ' ');
  else
    text.resize(column, ' ');
  return text + wrapped(right, column, width_) + "\n";
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return wrapped(app->get_description(), 0, width_) + "\n\n";
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  std::string usage = "Usage: " + name;
  if (!app->get_subcommands({}).empty()) return usage + " COMMAND [options]\n\n";
  usage += " [options]";
  for (const CLI::Option* option : app->get_options())
    if (option->get_positional()) usage += " " + option->get_name(true);
  return usage + "\n\n";
}

std::string HelpFormatter::make_group(std::string group, bool positional,
                                      std::vector<const CLI::Option*> options) const {
  std::string text = (positional ? "" : group + ":\n");
  for (const CLI::Option* option : options) text += make_option(option, positional);
  return positional ? text + "\n" : text;
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool positional) const {
  const std::string& value = option->get_option_text();
  return row(option->get_name(positional, !positional) + (value.empty() ? "" : " " + value),
             option->get_description());
}

std::string HelpFormatter::make_subcommands(const CLI::App* /*app*/, CLI::AppFormatMode /*mode*/) const {
  return {};
}

std::string HelpFormatter::make_footer(const CLI::App* app) const {
  const std::string footer = app->get_footer();
  return footer.empty() ? footer : wrapped(footer, 0, width_) + "\n";
}

}  // namespace cut::trainer
