// SPDX-License-Identifier: MIT
#include "trainer/compare/child_process.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "cuttranslate/error.hpp"
#include "trainer/loop/stop_signal.hpp"

namespace cut::trainer {
namespace {

constexpr std::chrono::milliseconds betweenLooks{20};

class SpawnAttributes {
 public:
  // A group of its own: Ctrl-C reaches us alone, and the child gets what we send. A second SIGINT within its
  // own handling would end it before it has saved.
  SpawnAttributes() {
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes_, 0);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;

  const posix_spawnattr_t* get() const noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

pid_t start(const std::vector<std::string>& arguments) {
  std::string name = "cut-trainer";
  std::vector<std::string> words = arguments;  // posix_spawn takes no const characters
  std::vector<char*> argv{name.data()};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const SpawnAttributes attributes;
  pid_t child = 0;
  const int failure = posix_spawn(&child, "/proc/self/exe", nullptr, attributes.get(), argv.data(), environ);
  if (failure != 0)
    throw Error(ErrorKind::io,
                "a process of cut-trainer cannot be started: " + std::generic_category().message(failure));
  return child;
}

}  // namespace

ChildResult runThisProgram(const std::vector<std::string>& arguments) {
  const auto began = std::chrono::steady_clock::now();
  const pid_t child = start(arguments);
  bool told = false;
  int status = 0;
  struct rusage usage {};
  while (true) {
    const pid_t ended = wait4(child, &status, WNOHANG, &usage);
    if (ended == child) break;
    if (ended < 0 && errno != EINTR)
      throw Error(ErrorKind::io, "cannot wait for a process: " + std::generic_category().message(errno));
    if (stopSignal() != 0 && !told) {
      told = true;
      kill(child, SIGTERM);
    }
    std::this_thread::sleep_for(betweenLooks);
  }
  return {.status = WIFSIGNALED(status) ? bySignal + WTERMSIG(status) : WEXITSTATUS(status),
          .peakBytes = std::int64_t{usage.ru_maxrss} * 1024,
          .seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()};
}

}  // namespace cut::trainer
