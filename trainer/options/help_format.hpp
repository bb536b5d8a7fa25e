// How --help is set.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace cut::trainer {

// Lines of `width` at most, all but the first with `indent` blanks in front. A line of `text` that begins
// with a blank stays as it is.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width);

// Columns of the terminal: $COLUMNS, or what it says itself; 60 to 100, and 100 where there is none.
std::size_t helpWidth();

// Groups with their headings; an option with its value, then its description in a column of its own.
class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::size_t width) : width_(width) {}

  std::string make_description(const CLI::App* app) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_group(std::string group, bool positional,
                         std::vector<const CLI::Option*> options) const override;
  std::string make_option(const CLI::Option* option, bool positional) const override;
  // None: the footer of the program tells of them, each with an example.
  std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override;
  std::string make_footer(const CLI::App* app) const override;

 private:
  std::string row(const std::string& left, const std::string& right) const;

  std::size_t width_;
};

}  // namespace cut::trainer
