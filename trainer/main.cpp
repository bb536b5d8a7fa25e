// SPDX-License-Identifier: MIT
// cut-trainer: from two folders of images to the weights of cuttranslate.
#include <c10/util/Exception.h>
#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <new>
#include <string>

#include "cuttranslate/error.hpp"
#include "trainer/compare/comparison.hpp"
#include "trainer/evaluate/evaluation.hpp"
#include "trainer/loop/stop_signal.hpp"
#include "trainer/loop/training.hpp"
#include "trainer/options/command_line.hpp"
#include "trainer/similarity/similarity.hpp"
#include "trainer/translate/test_model.hpp"
#include "trainer/translate/translate.hpp"

namespace cut::trainer {
namespace {

constexpr int failed = 1;

// Tensors of a step come and go in the same sizes: giving their pages back to the kernel and faulting them in
// again took a tenth of it.
void keepFreedMemory() {
  constexpr int largest = 32 << 20;  // the most that glibc allows
  mallopt(M_MMAP_THRESHOLD, largest);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

struct Commands {
  int operator()(const Finished& finished) const { return finished.status; }

  // What a step takes grows with its images and networks, and their sizes are the user's.
  int operator()(const TrainOptions& options) const {
    const std::string remedy =
        "; a smaller --crop_size, --batch_size or --ngf takes less, and --dry_run tells how much";
    try {
      return train(options);
    } catch (const c10::OutOfMemoryError& error) {
      throw Error(ErrorKind::internal, error.what_without_backtrace() + remedy);
    } catch (const std::bad_alloc&) {
      throw Error(ErrorKind::internal, "there is not enough memory for this run" + remedy);
    }
  }

  // What is wrong with single inputs was said; the status tells scripts.
  int operator()(const TranslateOptions& options) const {
    return translate(options, std::cerr, STDERR_FILENO).skipped.empty() ? 0 : failed;
  }

  int operator()(const TestOptions& options) const {
    return testModel(options, std::cerr, STDERR_FILENO).skipped.empty() ? 0 : failed;
  }

  int operator()(const EvaluateOptions& options) const {
    const EvaluationResult result = evaluate(options, std::cerr, STDERR_FILENO);
    if (options.json)
      printJson(result, std::cout);
    else
      printTable(result, std::cout);
    return result.skipped.empty() ? 0 : failed;
  }

  int operator()(const CompareOptions& options) const { return compare(options, std::cout, STDOUT_FILENO); }
  int operator()(const SimilarityOptions& options) const {
    similarity(options, std::cout, std::cerr);
    return 0;
  }

 private:
  static int train(const TrainOptions& options) {
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
  keepFreedMemory();
  try {
    const CommandLine line = parseCommandLine(argc, argv, std::cout, std::cerr);
    for (const std::string& notice : line.notices) std::cerr << "cut-trainer: " << notice << '\n';
    return std::visit(Commands{}, line.command);
  } catch (const c10::Error& error) {
    std::cerr << "cut-trainer: LibTorch: " << error.what_without_backtrace() << '\n';
  } catch (const std::exception& error) {
    std::cerr << "cut-trainer: " << error.what() << '\n';
  }
  return failed;
}
