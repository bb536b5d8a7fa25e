// SPDX-License-Identifier: MIT
#include "trainer/options/help.hpp"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <sstream>

namespace cut::trainer {
namespace {

constexpr const char* program =
    "Trains generators that translate images from one domain to another, from unpaired images, with CUT or "
    "FastCUT (Park, Efros, Zhang, Zhu, ECCV 2020); runs, shows and scores them.";

constexpr const char* programMore =
    "Commands:\n"
    "  train      make a model from two domains of images or videos:\n"
    "               cut-trainer train --dataroot datasets/street --name street\n"
    "  translate  run a model on images or a video:\n"
    "               cut-trainer translate --model street.pt drive.mp4 street.mp4\n"
    "  test       write a page of a run's test images beside their translations:\n"
    "               cut-trainer test --dataroot datasets/street --name street\n"
    "  evaluate   score a model on images that it has not seen:\n"
    "               cut-trainer evaluate --model street.pt --dataroot datasets/street\n"
    "  compare    train several methods for the same time, and make a page of them:\n"
    "               cut-trainer compare --dataroot datasets/street --methods cut,fastcut,cycle_gan "
    "--max_minutes 60\n"
    "  similarity draw what the encoder takes for alike, as PatchNCE sees it:\n"
    "               cut-trainer similarity --model street.pt --point 120,80 frame.png\n"
    "\n"
    "cut-trainer COMMAND --help explains a command. The exit status is 0 on success, 1 where something went "
    "wrong, and 2 where the command line is wrong.";

constexpr const char* trainIntroduction =
    "Makes a model from two domains of unpaired images. Everything is written to CHECKPOINTS_DIR/NAME: "
    "model.pt for cuttranslate, latest_net_{G,D,F}.pth (CycleGAN: {G,D}_{A,B}) for the reference, "
    "losses.csv, web/index.html, "
    "checkpoints. Ctrl-C saves and ends; --continue_train goes on.\n"
    "\n"
    "Options have the names of the reference implementation, so that a command line written for it works. In "
    "brackets stand the defaults. An option without a value below is a switch: --no_flip, --no_flip True and "
    "--no_flip=yes are the same, --no_flip False is off.";

constexpr const char* trainMore =
    "Examples:\n"
    "  cut-trainer train --dataroot datasets/street --name street --CUT_mode FastCUT\n"
    "  cut-trainer train --dataA drive.mp4 --dataB photos --preprocess scale_width\n"
    "  cut-trainer train --dataroot datasets/street --name street --dry_run\n"
    "  cut-trainer train --dataroot datasets/street --name street --continue_train\n"
    "  cut-trainer train --config street.toml --name street2 --lr 0.0001\n";

constexpr const char* translateIntroduction =
    "Runs a model on an image, on all images and videos of a folder, or on a video. Results are the pixels "
    "that the element cuttranslate makes.";

constexpr const char* translateMore =
    "Examples:\n"
    "  cut-trainer translate --model street.pt frame.png street.png\n"
    "  cut-trainer translate --model street.pt frames/ street/\n"
    "  cut-trainer translate --model latest_net_G.pth drive.mp4 street.mp4";

constexpr const char* testIntroduction =
    "Translates test images and writes a page that shows each one beside its translation, as the reference's "
    "test does. Options have the reference's names. The network is what its weights say, and always in "
    "evaluation mode.";

constexpr const char* testMore =
    "Examples:\n"
    "  cut-trainer test --dataroot datasets/street --name street\n"
    "  cut-trainer test --dataA drive.mp4 --model street.pt --preprocess none\n";

constexpr const char* evaluateIntroduction =
    "Scores a model: how far its translations of A are from the images of B, as a sliced Wasserstein "
    "distance "
    "over image pyramids, and with --features as FID and KID over the features of a network of yours. Lower "
    "is "
    "better.";

constexpr const char* evaluateMore =
    "Examples:\n"
    "  cut-trainer evaluate --model street.pt --dataroot datasets/street\n"
    "  cut-trainer evaluate --model street.pt --dataA drive.mp4 --dataB photos --json";

constexpr const char* compareIntroduction =
    "Trains methods on equal terms: the same data, seed, crop and minutes, one after the other. Leaves "
    "a page with held-out pictures side by side, distances over time, and the cost of a step. Options "
    "of train go to all methods that know them: cut-trainer train --help lists them. The same command "
    "again goes on where it stopped.";

constexpr const char* compareMore =
    "Examples:\n"
    "  cut-trainer compare --dataroot datasets/street --methods cut,fastcut,cycle_gan --max_minutes 60 "
    "--name three\n"
    "  cut-trainer compare --dataA drive --dataB photos --testA drive_test --testB photos_test \\\n"
    "    --methods cut,no_identity.toml --max_minutes 30 --crop_size 128 --load_size 143\n";

constexpr const char* similarityIntroduction =
    "Draws how similar every place of a picture is to chosen ones, by the generator's layers and "
    "through the heads of its training: what PatchNCE pulls together and pushes apart (Park et al. "
    "2020, its figure of the learned similarity). Rows are points, columns are layers. Numbers of each "
    "go to the standard output.";

constexpr const char* similarityMore =
    "Examples:\n"
    "  cut-trainer similarity --model street.pt --point 120,80 --point 9,40 a.png\n"
    "  cut-trainer similarity --model G.pth --netF F.pth --point 9,9 a.png b.png\n";

struct Texts {
  std::string_view command;
  const char* introduction;
  const char* more;
};

constexpr Texts commands[] = {
    {"train", trainIntroduction, trainMore},       {"translate", translateIntroduction, translateMore},
    {"test", testIntroduction, testMore},          {"evaluate", evaluateIntroduction, evaluateMore},
    {"compare", compareIntroduction, compareMore}, {"similarity", similarityIntroduction, similarityMore}};

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

// Columns of the terminal: $COLUMNS, or what it says itself; 60 to 100, and 100 where there is none.
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

// `text` on lines of at most `width` columns, broken behind a | between choices.
std::string brokenAtChoices(const std::string& text, std::size_t width) {
  if (text.size() <= width) return text;
  const std::size_t bar = text.rfind('|', width - 1);
  if (bar == std::string::npos) return text;
  return text.substr(0, bar + 1) + "\n" + brokenAtChoices(std::string(6, ' ') + text.substr(bar + 1), width);
}

std::string row(const std::string& left, const std::string& right) {
  std::string text = brokenAtChoices("  " + left, helpWidth());
  if (text.size() + 2 > column)
    text += "\n" + std::string(column, ' ');
  else
    text.resize(column, ' ');
  return text + wrapped(right, column, helpWidth()) + "\n";
}

std::string rowOf(const Option& option, const std::string& value) {
  const std::string left = (option.role == Role::positional ? "" : "--") + option.name +
                           (option.shown.empty() ? "" : " " + option.shown);
  const std::string range = option.range.empty() ? "" : " (" + option.range + ")";
  return row(left, option.help + range + (value.empty() ? "" : " [" + value + "]"));
}

std::string ignoredNames(const OptionTable& table) {
  std::vector<std::string> names;
  for (const Option& each : table.rows())
    if (each.role == Role::ignored) names.push_back("--" + each.name);
  return names.empty() ? "" : "\nTaken, and without effect here: " + listed(names, "and") + ".";
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

std::string programHelp() {
  const std::size_t width = helpWidth();
  return wrapped(program, 0, width) + "\n\nUsage: cut-trainer COMMAND [options]\n\nOptions:\n" +
         row("--version", "print the version") + row("-h,--help", "print this") + "\n" +
         wrapped(programMore, 0, width) + "\n";
}

std::string commandHelp(std::string_view command, const OptionTable& table,
                        const std::vector<std::string>& defaults) {
  const auto* texts = std::find_if(std::begin(commands), std::end(commands),
                                   [command](const Texts& each) { return each.command == command; });
  const std::size_t width = helpWidth();
  std::string usage = "Usage: cut-trainer " + std::string(command) + " [options]";
  std::string places;
  std::string options;
  std::string group;
  for (std::size_t i = 0; i < table.rows().size(); ++i) {
    const Option& option = table.rows()[i];
    if (option.role == Role::positional) {
      usage += " " + option.name + (option.repeatable ? "..." : "");
      places += rowOf(option, defaults[i]);
    } else if (option.role == Role::option) {
      if (option.group != group) options += (group.empty() ? "" : "\n") + option.group + ":\n";
      group = option.group;
      options += rowOf(option, defaults[i]);
    }
  }
  return wrapped(texts->introduction, 0, width) + "\n\n" + usage + "\n\n" +
         (places.empty() ? "" : places + "\n") + options + "\nHelp:\n" + row("-h,--help", "print this") +
         "\n" + wrapped(texts->more + ignoredNames(table), 0, width) + "\n";
}

}  // namespace cut::trainer
