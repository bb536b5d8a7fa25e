// cut-trainer: from two folders of images to the weights of cuttranslate.
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "trainer/loop/stop_signal.hpp"
#include "trainer/loop/training.hpp"
#include "trainer/options/command_line.hpp"

namespace cut::trainer {
namespace {

constexpr int failed = 1;
constexpr int bySignal = 128;  // and the signal's number, as a shell says it

struct Commands {
  int operator()(const Finished& finished) const { return finished.status; }

  int operator()(const TrainOptions& options) const {
    Training training(options);
    if (options.dryRun) {
      training.describe(std::cout);
      return 0;
    }
    const Ending ending = training.run(std::cout, STDOUT_FILENO);
    const std::string files = options.folder().string();
    switch (ending) {
      case Ending::finished:
        std::cout << "Done: " << files << "/model.pt\n";
        return 0;
      case Ending::stopped:
        std::cout << "Stopped and saved in " << files << "; --continue_train goes on\n";
        return bySignal + stopSignal();
      case Ending::timeIsUp:
      case Ending::enoughSteps:
        std::cout << "The limit is reached; saved in " << files << "; --continue_train goes on\n";
        return 0;
    }
    return failed;
  }
};

}  // namespace
}  // namespace cut::trainer

int main(int argc, char** argv) {
  using namespace cut::trainer;
  try {
    const CommandLine line = parseCommandLine(argc, argv, std::cout, std::cerr);
    for (const std::string& notice : line.notices) std::cerr << "cut-trainer: " << notice << '\n';
    return std::visit(Commands{}, line.command);
  } catch (const std::exception& error) {
    std::cerr << "cut-trainer: " << error.what() << '\n';
  }
  return failed;
}
