#include "trainer/report/progress_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"
#include "trainer/report/numbers.hpp"

namespace cut::trainer {
namespace {

constexpr std::size_t narrowestBar = 10;
constexpr std::size_t widestBar = 40;
constexpr std::size_t longestName = 24;  // of a loss

constexpr const char* bold = "\x1b[1m";
constexpr const char* green = "\x1b[32m";
constexpr const char* dim = "\x1b[2m";
constexpr const char* plain = "\x1b[0m";

std::string coloured(const std::string& text, const char* colour, const TerminalStyle& style) {
  return style.colour ? colour + text + plain : text;
}

std::string ofAll(std::int64_t done, std::int64_t all) {
  return grouped(done) + (all > 0 ? "/" + grouped(all) : "");
}

std::string repeated(const char* text, std::size_t count) {
  std::string result;
  while (count-- > 0) result += text;
  return result;
}

// As long as the run is done, in half characters where the terminal has them.
std::string bar(double done, std::size_t columns, const TerminalStyle& style) {
  const double full = std::clamp(done, 0.0, 1.0) * static_cast<double>(columns);
  const auto whole = std::min(columns, static_cast<std::size_t>(full));
  const bool half = style.utf8 && whole < columns && full - static_cast<double>(whole) >= 0.5;
  const std::size_t rest = columns - whole - (half ? 1 : 0);
  if (!style.utf8) return "[" + repeated("=", whole) + repeated(" ", rest) + "]";
  return coloured(repeated("━", whole) + (half ? "╸" : ""), green, style) +
         coloured(repeated("━", rest), dim, style);
}

// Joined as long as there is room; what comes first is the most telling.
std::string joined(const std::vector<std::string>& parts, std::size_t columns) {
  std::string text;
  std::size_t taken = 0;
  for (const std::string& part : parts) {
    const std::size_t needed = shownColumns(part) + (taken > 0 ? 2 : 0);
    if (taken + needed > columns) break;
    text += (taken > 0 ? "  " : "") + part;
    taken += needed;
  }
  return text;
}

std::vector<std::string> lossParts(const StepRecord& record, const TerminalStyle& style) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : record.losses)
    parts.push_back(coloured(printable(name, longestName), dim, style) + " " + roughly(value, 3));
  return parts;
}

}  // namespace

std::size_t shownColumns(const std::string& text) {
  std::size_t columns = 0;
  bool inSequence = false;
  for (const char c : text) {
    if (c == '\x1b') inSequence = true;
    // A byte of UTF-8 that goes on is no column of its own.
    if (!inSequence && (static_cast<unsigned char>(c) & 0xC0) != 0x80) ++columns;
    if (inSequence && c == 'm') inSequence = false;
  }
  return columns;
}

std::string plainLine(const StepRecord& record, int epochs, const Pace& pace) {
  std::string text =
      "epoch " + ofAll(record.epoch, epochs) + ", step " + ofAll(record.step, pace.steps()) + ":";
  for (std::size_t i = 0; i < record.losses.size(); ++i)
    text += (i > 0 ? ", " : " ") + printable(record.losses[i].first) + " " + roughly(record.losses[i].second);
  text +=
      std::string(record.losses.empty() ? "" : ";") + " " + roughly(pace.imagesPerSecond(), 3) + " images/s";
  if (pace.secondsLeft() >= 0) text += ", " + duration(pace.secondsLeft()) + " left";
  return text;
}

std::vector<std::string> barLines(const StepRecord& record, int epochs, const Pace& pace,
                                  const TerminalStyle& style) {
  // The last column stays free: some terminals wrap as soon as it is written.
  const std::size_t columns = style.columns > 1 ? style.columns - 1 : 1;
  std::vector<std::string> parts = {coloured("Epoch " + ofAll(record.epoch, epochs), bold, style)};
  const double done =
      pace.steps() > 0 ? static_cast<double>(record.step) / static_cast<double>(pace.steps()) : 0;
  if (pace.steps() > 0) parts.push_back(std::to_string(static_cast<int>(std::floor(done * 100))) + " %");
  if (pace.secondsLeft() >= 0) parts.push_back(duration(pace.secondsLeft()) + " left");
  parts.push_back("step " + ofAll(record.step, pace.steps()));
  parts.push_back(roughly(pace.imagesPerSecond(), 3) + " images/s");

  std::size_t taken = 0;
  for (const std::string& part : parts) taken += shownColumns(part) + 2;
  const std::size_t brackets = style.utf8 ? 0 : 2;
  std::size_t room = columns > taken + brackets ? columns - taken - brackets : 0;
  // A bar is worth more than the last words.
  room = std::clamp(room, narrowestBar, widestBar);
  if (pace.steps() > 0 && columns >= 40) parts.insert(parts.begin() + 1, bar(done, room, style));

  std::vector<std::string> lines = {joined(parts, columns)};
  if (!record.losses.empty()) lines.push_back(joined(lossParts(record, style), columns));
  return lines;
}

}  // namespace cut::trainer
