#include "cut/engine.hpp"
#include "cut/error.hpp"
#include "cut/model_file.hpp"
#include "engine/engine_choice.hpp"
#include "engine/model.hpp"
#include "engine/model_registry.hpp"
#include "engine/threads.hpp"

namespace cut {
namespace {

EngineOptions resolved(EngineOptions options) {
  options.validate();
  options.threads = usableThreads(options.threads);
  return options;
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
      return std::make_shared<Model>(readModelFile(path, code), wanted,
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
  throw Error(ErrorKind::unsupported, refusals);
}

}  // namespace cut
