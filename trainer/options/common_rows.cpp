#include "trainer/options/common_rows.hpp"

#include <algorithm>
#include <filesystem>

namespace cut::trainer {
namespace {

bool isNumber(std::string_view text) {
  constexpr std::size_t longest = 18;
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string runNameOf(const std::string& option, const std::string& text) {
  const std::filesystem::path path(lineOf(option, text));
  const bool outside = path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end();
  if (outside || path.lexically_normal().filename().empty() || path.lexically_normal() == ".")
    refuse(option, "the name of a folder in --checkpoints_dir", text);
  return text;
}

std::string epochOf(const std::string& option, const std::string& text) {
  constexpr std::string_view iteration = "iter_";
  const std::string_view word = text;
  const bool known = word == "latest" || isNumber(word) ||
                     (word.starts_with(iteration) && isNumber(word.substr(iteration.size())));
  if (!known) refuse(option, "latest, an epoch's number, or iter_N", text);
  return text;
}

std::string deviceOf(const std::string& option, const std::string& text) {
  constexpr std::string_view cuda = "cuda:";
  constexpr std::size_t digits = 3;
  const std::string_view word = text;
  if (word == "cuda") return "cuda:0";
  const bool card =
      word.starts_with(cuda) && word.size() <= cuda.size() + digits && isNumber(word.substr(cuda.size()));
  if (word != "auto" && word != "cpu" && !card) refuse(option, "auto, cpu or cuda:N (N from 0)", text);
  return text;
}

std::string deviceOfGpuIds(const std::string& text) {
  constexpr IntegerRange cards{-1, 999};
  if (text.find(',') != std::string::npos)
    refuse("gpu_ids", "-1 (the CPU) or a single number, because one device does all the work", text);
  const std::int64_t id = integerOf("gpu_ids", text, cards);
  return id < 0 ? "cpu" : "cuda:" + std::to_string(id);
}

}  // namespace cut::trainer
