// SPDX-License-Identifier: MIT
#include "trainer/report/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ostream>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "trainer/report/numbers.hpp"

namespace cut::trainer {
namespace {

// Weight of the newest step in the moving average, which spans some fifty steps.
constexpr double newestWeight = 0.02;

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

// The bar in proportion to the run, with half characters where the terminal has UTF-8.
std::string bar(double done, std::size_t columns, const TerminalStyle& style) {
  const double full = std::clamp(done, 0.0, 1.0) * static_cast<double>(columns);
  const auto whole = std::min(columns, static_cast<std::size_t>(full));
  const bool half = style.utf8 && whole < columns && full - static_cast<double>(whole) >= 0.5;
  const std::size_t rest = columns - whole - (half ? 1 : 0);
  if (!style.utf8) return "[" + repeated("=", whole) + repeated(" ", rest) + "]";
  return coloured(repeated("━", whole) + (half ? "╸" : ""), green, style) +
         coloured(repeated("━", rest), dim, style);
}

// Joined as far as the columns allow; the first parts matter most.
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
    parts.push_back(coloured(printable(name, longestName), dim, style) + " " + toPrecision(value, 3));
  return parts;
}

constexpr std::chrono::milliseconds betweenDrawings{100};
constexpr std::size_t longestNotice = 2000;

constexpr const char* toLineEnd = "\x1b[K";    // erases
constexpr const char* toScreenEnd = "\x1b[J";  // erases

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool isTerminal(int descriptor) {
  return ::isatty(descriptor) == 1 && variable("TERM") != "dumb";
}

bool speaksUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const std::string_view value = variable(name); !value.empty())
      return value.find("UTF-8") != std::string_view::npos || value.find("utf8") != std::string_view::npos;
  return false;
}

std::size_t columnsOf(int descriptor) {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

void Throughput::add(const StepRecord& record) {
  // Of a resumed run, the first record counts images of earlier runs too.
  const double images =
      step_ > 0 && record.images > imagesBefore_
          ? static_cast<double>(record.images - imagesBefore_)
          : static_cast<double>(record.images) / static_cast<double>(std::max<std::int64_t>(1, record.step));
  step_ = record.step;
  imagesBefore_ = record.images;
  seconds_ += newestWeight * (record.secondsOfStep + record.secondsOfData - seconds_);
  images_ += newestWeight * (images - images_);
  weight_ += newestWeight * (1 - weight_);
}

double Throughput::imagesPerSecond() const noexcept {
  return seconds_ > 0 ? images_ / seconds_ : 0;
}

double Throughput::secondsLeft() const noexcept {
  if (steps_ <= 0 || weight_ <= 0) return -1;
  return static_cast<double>(std::max<std::int64_t>(0, steps_ - step_)) * secondsPerStep();
}

std::size_t shownColumns(const std::string& text) {
  std::size_t columns = 0;
  bool inSequence = false;
  for (const char c : text) {
    if (c == '\x1b') inSequence = true;
    // A continuation byte of UTF-8 takes no column.
    if (!inSequence && (static_cast<unsigned char>(c) & 0xC0) != 0x80) ++columns;
    if (inSequence && c == 'm') inSequence = false;
  }
  return columns;
}

std::string plainLine(const StepRecord& record, int epochs, const Throughput& throughput) {
  std::string text =
      "epoch " + ofAll(record.epoch, epochs) + ", step " + ofAll(record.step, throughput.steps()) + ":";
  for (std::size_t i = 0; i < record.losses.size(); ++i)
    text +=
        (i > 0 ? ", " : " ") + printable(record.losses[i].first) + " " + toPrecision(record.losses[i].second);
  text += std::string(record.losses.empty() ? "" : ";") + " " + toPrecision(throughput.imagesPerSecond(), 3) +
          " images/s";
  if (throughput.secondsLeft() >= 0) text += ", " + duration(throughput.secondsLeft()) + " left";
  return text;
}

std::vector<std::string> barLines(const StepRecord& record, int epochs, const Throughput& throughput,
                                  const TerminalStyle& style) {
  // The last column stays empty: some terminals wrap as soon as it is written.
  const std::size_t columns = style.columns > 1 ? style.columns - 1 : 1;
  std::vector<std::string> parts = {coloured("Epoch " + ofAll(record.epoch, epochs), bold, style)};
  const double done =
      throughput.steps() > 0 ? static_cast<double>(record.step) / static_cast<double>(throughput.steps()) : 0;
  if (throughput.steps() > 0)
    parts.push_back(std::to_string(static_cast<int>(std::floor(done * 100))) + " %");
  if (throughput.secondsLeft() >= 0) parts.push_back(duration(throughput.secondsLeft()) + " left");
  parts.push_back("step " + ofAll(record.step, throughput.steps()));
  parts.push_back(toPrecision(throughput.imagesPerSecond(), 3) + " images/s");

  std::size_t taken = 0;
  for (const std::string& part : parts) taken += shownColumns(part) + 2;
  const std::size_t brackets = style.utf8 ? 0 : 2;
  std::size_t room = columns > taken + brackets ? columns - taken - brackets : 0;
  // The bar takes room from the last parts.
  room = std::clamp(room, narrowestBar, widestBar);
  if (throughput.steps() > 0 && columns >= 40) parts.insert(parts.begin() + 1, bar(done, room, style));

  std::vector<std::string> lines = {joined(parts, columns)};
  if (!record.losses.empty()) lines.push_back(joined(lossParts(record, style), columns));
  return lines;
}

ProgressBar::ProgressBar(const ReportOptions& options, std::ostream& stream, int descriptor)
    : stream_(stream),
      descriptor_(descriptor),
      bar_(isTerminal(descriptor)),
      epochs_(options.epochs),
      printEvery_(options.printEvery) {
  style_.utf8 = speaksUtf8();
  style_.colour = variable("NO_COLOR").empty();
}

void ProgressBar::step(const StepRecord& record, const Throughput& throughput) {
  const bool first = last_.step == 0;
  const std::int64_t before = std::exchange(last_, record).images;
  if (bar_) {
    const auto now = std::chrono::steady_clock::now();
    if (first || now - drawnAt_ >= betweenDrawings) draw(throughput);
  } else if (printEvery_ > 0 && (first || isDue(before, record.images, printEvery_))) {
    printLine(throughput);
  }
}

void ProgressBar::printLine(const Throughput& throughput) {
  stream_ << plainLine(last_, epochs_, throughput) << '\n' << std::flush;
  printed_ = last_.step;
}

void ProgressBar::notice(const std::string& text) {
  const std::string line = printable(text, longestNotice);
  if (drawn_.empty()) {
    stream_ << line << '\n' << std::flush;
    return;
  }
  std::string output = backToTop() + toScreenEnd + line + '\n';
  for (const std::string& old : drawn_) output += old + '\n';
  stream_ << output << std::flush;
}

// The cursor rests at the beginning of the line below the bar, so that output after a Ctrl-C or a kill starts
// there. One write that overwrites each old line does not flicker.
void ProgressBar::draw(const Throughput& throughput) {
  std::string output = backToTop();
  // After a change of width, the terminal may reflow the old lines: they are erased.
  if (const std::size_t columns = columnsOf(descriptor_); std::exchange(style_.columns, columns) != columns)
    output += toScreenEnd;
  drawn_ = barLines(last_, epochs_, throughput, style_);
  for (const std::string& line : drawn_) output += line + toLineEnd + '\n';
  stream_ << output << toScreenEnd << std::flush;
  drawnAt_ = std::chrono::steady_clock::now();
}

// A terminal that became narrower has wrapped the lines.
std::string ProgressBar::backToTop() const {
  const std::size_t columns = std::max<std::size_t>(1, columnsOf(descriptor_));
  std::size_t rows = 0;
  for (const std::string& line : drawn_)
    rows += std::max<std::size_t>(1, (shownColumns(line) + columns - 1) / columns);
  return rows == 0 ? "" : "\r\x1b[" + std::to_string(rows) + "A";
}

void ProgressBar::finish(const Throughput& throughput) {
  if (last_.step == 0) return;
  if (bar_)
    draw(throughput);
  else if (printEvery_ > 0 && printed_ != last_.step)
    printLine(throughput);
}

}  // namespace cut::trainer
