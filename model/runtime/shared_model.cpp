#include "base/finite.hpp"
#include "base/text.hpp"
#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"
#include "runtime/engine_choice.hpp"
#include "runtime/model.hpp"
#include "runtime/model_registry.hpp"
#include "runtime/module_loader.hpp"
#include "runtime/threads.hpp"

namespace cut {
namespace {

EngineOptions resolved(EngineOptions options) {
  options.validate();
  options.threads = usableThreads(options.threads);
  return options;
}

// What a training that diverged leaves would otherwise be found out at the first frame, or be hidden by a
// kernel that takes NaN for a number.
ModelFile readFiniteModel(const std::filesystem::path& path, Code code) {
  ModelFile file = readModelFile(path, code);
  if (const std::string* name = firstNonFinite(file.weights))
    throw Error(ErrorKind::wrongFile, path.string() + ": '" + printable(*name) +
                                          "' holds NaN or infinite numbers; expected finite ones: such "
                                          "weights give no picture. A training that diverged leaves them: "
                                          "take an earlier checkpoint of it");
  return file;
}

}  // namespace

std::shared_ptr<SharedModel> SharedModel::open(const std::filesystem::path& path,
                                               const EngineOptions& options) {
  EngineOptions wanted = resolved(options);
  const std::vector<std::string> engines = engineChoices(wanted);
  const Code code = options.allowCode ? Code::allow : Code::refuse;
  std::string refusals;
  const auto openWith = [&](const std::string& engine) {
    wanted.engine = engine;
    return ModelRegistry::instance().get(path, wanted, [&] {
      return std::make_shared<Model>(readFiniteModel(path, code), wanted,
                                     refusals.empty() ? "" : "engine " + engine + " is taken: " + refusals);
    });
  };
  // What one engine was not built for may be the next one's; any other error is not another engine's affair.
  for (const std::string& engine : engines) {
    try {
      return openWith(engine);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) throw;
      refusals += (refusals.empty() ? "" : ". ") + std::string(error.what());
    }
  }
  if (options.engine == "auto" && !moduleInstalled("torch"))
    refusals += ". Engine module torch is not installed: pipelines/build.sh builds it, with LibTorch";
  throw Error(ErrorKind::unsupported, refusals);
}

}  // namespace cut
