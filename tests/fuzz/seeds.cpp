// SPDX-License-Identifier: MIT
// Writes the initial corpus, files of a few hundred bytes to a few kilobytes: seeds FOLDER.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

#include "crafted.hpp"
#include "cuttranslate/model_file.hpp"
#include "formats/model_writer.hpp"
#include "formats/safetensors.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

namespace fs = std::filesystem;
namespace pickle = test::pickle;

void save(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

void save(const fs::path& path, const std::vector<std::byte>& bytes) {
  save(path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

// One block, two channels, a sample of one pixel.
ModelFile wholeModel() {
  ModelFile model = test::tinyModel();
  model.sample = Sample{fromFloats({1, 3, 1, 1}, {0, 0, 0}), fromFloats({1, 3, 1, 1}, {0, 0, 0})};
  return model;
}

// Tensors of the storages in pickle_target.cpp: "0" of 8 bytes, "1" of 24.
std::string tensors() {
  const auto first = pickle::storage("FloatStorage", "0", 2);
  const auto second = pickle::storage("ShortStorage", "1", 12);
  return pickle::dict({{"a.weight", pickle::tensor(first, 0, {1, 2}, {2, 1})},
                       {"a.bias", pickle::tensor(first, 1, {}, {})},
                       {"b", pickle::tensor(second, 1, {2, 3}, {1, 4})}});
}

void savePickles(const fs::path& folder) {
  save(folder / "state_dict", pickle::whole(tensors()));
  save(folder / "checkpoint", pickle::whole(pickle::dict({{"epoch", "K\x05"}, {"netG", tensors()}})));
  save(folder / "own", pickle::whole(pickle::dict({{"format", pickle::text("cuttranslate")},
                                                   {"format_version", "K\x01"},
                                                   {"spec", "}"},
                                                   {"state_dict", tensors()}})));
  const std::vector<std::byte> whole = modelFileBytes(wholeModel());
  const std::string_view text(reinterpret_cast<const char*>(whole.data()), whole.size());
  const std::size_t begin = text.find("\x80\x02}(X");
  save(folder / "model", text.substr(begin, text.find("PK\x03\x04", begin) - begin));
}

// Without the magic number, as legacy_target.cpp takes them.
void saveLegacy(const fs::path& folder) {
  const auto number = [](std::int64_t value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const std::string head =
      pickle::whole(pickle::number(1001)) +
      pickle::whole(pickle::dict({{"protocol_version", pickle::number(1001)}, {"little_endian", "\x88"}}));
  save(folder / "two_storages", head + pickle::whole(tensors()) +
                                    pickle::whole("](" + pickle::text("0") + pickle::text("1") + "e") +
                                    number(2) + std::string(8, '\1') + number(12) + std::string(24, '\2'));
  save(folder / "empty", head + pickle::whole("}") + pickle::whole("]"));
}

void saveSafetensors(const fs::path& folder) {
  save(folder / "model", safetensorsBytes(wholeModel()));
  const SafetensorsFile small{{{"a", fromFloats({2}, {1, 2})}, {"b", {DType::boolean, {}, {std::byte{1}}}}},
                              {{"format", "pt"}}};
  save(folder / "small", safetensorsBytes(small));
  save(folder / "empty", safetensorsBytes(SafetensorsFile{}));
}

void saveArchives(const fs::path& folder) {
  save(folder / "model", modelFileBytes(wholeModel()));
  save(folder / "state_dict", stateDictBytes({{"a", fromFloats({2}, {1, 2})}}));
  save(folder / "torchscript",
       test::archiveOf({{"x/data.pkl", pickle::whole("}")}, {"x/constants.pkl", "("}}));
}

}  // namespace
}  // namespace cut

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const std::filesystem::path folder = argv[1];
    cut::saveArchives(folder / "archive");
    cut::savePickles(folder / "pickle");
    cut::saveLegacy(folder / "legacy");
    cut::saveSafetensors(folder / "safetensors");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
