#include "tool/sample.hpp"

#include <stdlib.h>

#include <cerrno>
#include <system_error>

#include "cuttranslate/error.hpp"
#include "formats/native_format.hpp"

namespace cut::tool {
namespace {

// The engine opens models by path.
class TemporaryModel {
 public:
  explicit TemporaryModel(const ModelFile& model) {
    std::string folder = (std::filesystem::temp_directory_path() / "cut-model-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr)
      throw Error(ErrorKind::io, folder + ": cannot be made: " + std::generic_category().message(errno));
    folder_ = folder;
    try {
      writeModelFile(path(), model);
    } catch (...) {
      remove();
      throw;
    }
  }
  TemporaryModel(const TemporaryModel&) = delete;
  TemporaryModel& operator=(const TemporaryModel&) = delete;
  ~TemporaryModel() { remove(); }

  std::filesystem::path path() const { return folder_ / "model.pt"; }

 private:
  void remove() noexcept {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::filesystem::path folder_;
};

}  // namespace

Sample makeSample(const ModelFile& model, const EngineOptions& options) {
  const TemporaryModel file(model);
  const auto stream = SharedModel::open(file.path(), options)->makeStream();
  stream->configure({sampleSide, sampleSide});
  Tensor input = sampleInput(model.spec.inputChannels);
  std::vector<float> output(static_cast<std::size_t>(model.spec.outputChannels) * sampleSide * sampleSide);
  stream->translate(toFloats(input), output);
  return {std::move(input), fromFloats({1, model.spec.outputChannels, sampleSide, sampleSide}, output)};
}

}  // namespace cut::tool
