// SPDX-License-Identifier: MIT
#include "golden.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>

#include "cuttranslate/model_file.hpp"

namespace cut::test {

namespace fs = std::filesystem;

fs::path goldenFolder() {
  const char* folder = std::getenv("CUT_GOLDEN");
  return folder ? folder : CUT_GOLDEN_DEFAULT;
}

fs::path GoldenCase::weights() const {
  return goldenFolder() / (name + ".pth");
}

StateDict GoldenCase::tensors() const {
  return readStateDict(goldenFolder() / (name + ".pt"));
}

bool GoldenCase::has(std::string_view key) const {
  return entry.at("keys").contains(std::string(key));
}

std::string GoldenCase::option(const char* key, const char* fallback) const {
  const auto& options = entry.at("options");
  if (!options.contains(key)) return fallback;
  return options[key].is_string() ? options[key].get<std::string>() : options[key].dump();
}

std::ostream& operator<<(std::ostream& out, const GoldenCase& golden) {
  return out << golden.name;
}

std::string describeGoldenSet() {
  std::ifstream file(goldenFolder() / "index.json");
  if (!file)
    throw std::runtime_error(goldenFolder().string() +
                             " has no index.json; expected a folder of golden numbers in CUT_GOLDEN");
  std::map<std::string, int> kinds;
  int total = 0;
  const auto index = nlohmann::json::parse(file);
  for (const auto& [name, entry] : index.at("cases").items()) {
    ++kinds[name.substr(0, name.find('/'))];
    ++total;
  }
  std::string text = "golden numbers of " + goldenFolder().string() + ": " + std::to_string(total) + " cases";
  for (const auto& [kind, count] : kinds) text += ", " + std::to_string(count) + " " + kind;
  return text;
}

std::vector<GoldenCase> goldenCases(std::string_view kind) {
  std::ifstream file(goldenFolder() / "index.json");
  if (!file) return {};
  const auto index = nlohmann::json::parse(file);
  std::vector<GoldenCase> cases;
  for (const auto& [name, entry] : index.at("cases").items())
    if (name.starts_with(std::string(kind) + "/")) cases.push_back({name, entry});
  return cases;
}

std::vector<GoldenCase> generatorCases() {
  return goldenCases("generator");
}

std::vector<GoldenCase> resnetCases() {
  auto cases = generatorCases();
  std::erase_if(cases, [](const GoldenCase& golden) {
    const std::string netG = golden.option("netG", "resnet_9blocks");
    return !netG.starts_with("resnet_") || !netG.ends_with("blocks");
  });
  return cases;
}

std::vector<GoldenCase> unetCases() {
  auto cases = generatorCases();
  std::erase_if(cases, [](const GoldenCase& golden) {
    return !golden.option("netG", "resnet_9blocks").starts_with("unet_");
  });
  return cases;
}

std::vector<GoldenCase> styleGanCases() {
  auto cases = generatorCases();
  std::erase_if(cases, [](const GoldenCase& golden) {
    return !golden.option("netG", "resnet_9blocks").ends_with("stylegan2");
  });
  return cases;
}

std::string testName(const GoldenCase& golden) {
  std::string name = golden.name.substr(golden.name.find('/') + 1);
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

}  // namespace cut::test
