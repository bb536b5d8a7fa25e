// SPDX-License-Identifier: MIT
#include "formats/file_signatures.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace cut {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view sentence;
};

constexpr std::array signatures = {
    Signature{0, "\xFF\xD8\xFF"sv, "is a JPEG picture"},
    Signature{0, "\x89PNG\r\n"sv, "is a PNG picture"},
    Signature{0, "GIF8"sv, "is a GIF picture"},
    Signature{8, "WEBP"sv, "is a WebP picture"},
    Signature{8, "AVI "sv, "is an AVI video"},
    Signature{4, "ftyp"sv, "is an MP4 or QuickTime video"},
    Signature{0, "\x1A\x45\xDF\xA3"sv, "is a Matroska or WebM video"},
    Signature{0, "OggS"sv, "is an Ogg file"},
    Signature{0, "\x89HDF"sv, "is an HDF5 file (Keras?)"},
    Signature{0, "\x93NUMPY"sv, "is a NumPy array"},
    Signature{0,
              "\x7F"
              "ELF"sv,
              "is a program or library"},
    Signature{0, "\x1F\x8B"sv, "is a gzip archive; unpack it first"},
    Signature{0, "\x28\xB5\x2F\xFD"sv, "is a Zstandard archive; unpack it first"},
    Signature{0,
              "\xFD"
              "7zXZ"sv,
              "is an xz archive; unpack it first"},
    Signature{0, "7z\xBC\xAF\x27\x1C"sv, "is a 7-Zip archive; unpack it first"},
    Signature{0, "Rar!"sv, "is a RAR archive; unpack it first"},
    Signature{257, "ustar"sv, "is a tar archive; unpack it first"},
    Signature{0, "%PDF"sv, "is a PDF document"},
    Signature{4, "ET12"sv, "is an ExecuTorch program, which is not supported"},
    Signature{4, "TFL3"sv, "is a TensorFlow Lite model"},
    Signature{0, "GGUF"sv, "is a GGUF model"},
    Signature{0, "version https://git-lfs"sv,
              "is a Git LFS pointer, not the file itself; fetch it with git lfs pull"},
    Signature{0, "<!DOCTYPE html"sv, "is a web page; the download went wrong"},
    Signature{0, "<html"sv, "is a web page; the download went wrong"},
};

std::string_view asText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A protobuf message that begins with ir_version and goes on with a name or a version.
bool isOnnx(std::string_view head) {
  return head.size() > 3 && head[0] == '\x08' && head[1] > 0 && head[1] < 32 &&
         "\x12\x1A\x22\x2A\x32\x3A\x42"sv.find(head[2]) != std::string_view::npos;
}

bool isText(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 || c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

constexpr std::string_view mergePartsHint =
    "; merge them in Python: weights = {}, weights.update(torch.load(name)) or, for safetensors, "
    "weights.update(safetensors.torch.load_file(name)) for each, torch.save(weights, \"model.pth\")";

// The number that `text` is; 0 where it is not 5 digits, as in these names.
std::size_t fiveDigits(std::string_view text) {
  std::size_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return 0;
    number = 10 * number + static_cast<std::size_t>(c - '0');
  }
  return text.size() == 5 ? number : 0;
}

}  // namespace

std::string nameAdvice(std::string_view fileName) {
  if (fileName.ends_with(".distcp") || fileName == ".metadata")
    return "; by its name it is " + std::string(distributedShard);
  const std::size_t of = fileName.rfind("-of-");
  if (of == std::string_view::npos || of < 5) return "";
  const std::size_t part = fiveDigits(fileName.substr(of - 5, 5));
  const std::size_t parts = fiveDigits(fileName.substr(of + 4, 5));
  if (part == 0 || parts < 2) return "";
  return "; by its name it is file " + std::to_string(part) + " of " + std::to_string(parts) +
         " of one state_dict" + std::string(mergePartsHint);
}

bool isZipArchive(std::span<const std::byte> head) noexcept {
  const std::string_view text = asText(head);
  return text.starts_with("PK\x03\x04"sv) || text.starts_with("PK\x05\x06"sv);
}

std::string describeFormat(std::span<const std::byte> head) {
  const std::string_view text = asText(head);
  if (text.empty()) return "is empty";
  for (const Signature& signature : signatures)
    if (text.size() > signature.offset && text.substr(signature.offset).starts_with(signature.bytes))
      return std::string(signature.sentence);
  if (isOnnx(text)) return "is an ONNX model, which is written but not read here";
  if (text.size() > 2 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5)
    return "is a bare Python pickle" + std::string(saveAgainHint);
  if (text.find("\"weight_map\""sv) != std::string_view::npos)
    return "is the index of a state_dict in several files" + std::string(mergePartsHint);
  if (isText(text)) return "is a text file";
  return "is of an unknown format";
}

}  // namespace cut
