#include "trainer/report/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "trainer/report/frequency.hpp"

namespace cut::trainer {
namespace {

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

Progress::Progress(const ReportOptions& options, std::ostream& stream, int descriptor)
    : stream_(stream),
      descriptor_(descriptor),
      bar_(isTerminal(descriptor)),
      epochs_(options.epochs),
      printEvery_(options.printEvery) {
  style_.utf8 = speaksUtf8();
  style_.colour = variable("NO_COLOR").empty();
}

void Progress::step(const StepRecord& record, const Pace& pace) {
  const bool first = last_.step == 0;
  const std::int64_t before = std::exchange(last_, record).images;
  if (bar_) {
    const auto now = std::chrono::steady_clock::now();
    if (first || now - drawnAt_ >= betweenDrawings) draw(pace);
  } else if (printEvery_ > 0 && (first || isDue(before, record.images, printEvery_))) {
    printLine(pace);
  }
}

void Progress::printLine(const Pace& pace) {
  stream_ << plainLine(last_, epochs_, pace) << '\n' << std::flush;
  printed_ = last_.step;
}

void Progress::notice(const std::string& text) {
  const std::string line = printable(text, longestNotice);
  if (drawn_.empty()) {
    stream_ << line << '\n' << std::flush;
    return;
  }
  std::string output = backToTop() + toScreenEnd + line + '\n';
  for (const std::string& old : drawn_) output += old + '\n';
  stream_ << output << std::flush;
}

// The cursor rests below the bar, at the beginning of a line: there it is right for whatever is written after
// a Ctrl-C or a kill. One piece of output, each line written over the old one: nothing flickers.
void Progress::draw(const Pace& pace) {
  std::string output = backToTop();
  // Where the width changed, the terminal may remember old lines as parts of one: erased, they are forgotten.
  if (const std::size_t columns = columnsOf(descriptor_); std::exchange(style_.columns, columns) != columns)
    output += toScreenEnd;
  drawn_ = barLines(last_, epochs_, pace, style_);
  for (const std::string& line : drawn_) output += line + toLineEnd + '\n';
  stream_ << output << toScreenEnd << std::flush;
  drawnAt_ = std::chrono::steady_clock::now();
}

// A terminal that became narrower has broken the lines.
std::string Progress::backToTop() const {
  const std::size_t columns = std::max<std::size_t>(1, columnsOf(descriptor_));
  std::size_t rows = 0;
  for (const std::string& line : drawn_)
    rows += std::max<std::size_t>(1, (shownColumns(line) + columns - 1) / columns);
  return rows == 0 ? "" : "\r\x1b[" + std::to_string(rows) + "A";
}

void Progress::finish(const Pace& pace) {
  if (last_.step == 0) return;
  if (bar_)
    draw(pace);
  else if (printEvery_ > 0 && printed_ != last_.step)
    printLine(pace);
}

}  // namespace cut::trainer
