#include "runtime/model.hpp"

#include "base/text.hpp"
#include "runtime/model_stream.hpp"
#include "runtime/module_loader.hpp"
#include "runtime/verification.hpp"

namespace cut {
namespace {

ModelInfo infoOf(const ModelFile& file) {
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : file.weights) bytes += tensor.data.size();
  return {file.spec, file.sample.has_value(), file.licence, file.attribution, file.origin, bytes};
}

void addNotice(ActiveEngine& active, const std::string& notice) {
  if (!active.notice.empty() && !notice.empty()) active.notice += ". ";
  active.notice += notice;
}

}  // namespace

Model::Model(ModelFile file, const EngineOptions& options, const std::string& notice)
    : info_(infoOf(file)), sample_(file.sample) {
  EngineModule& module = openModule(options.engine);
  worker_.run([&] { network_ = module.load(file, options).take(); });
  active_ = network_->active();
  addNotice(active_, notice);
  if (!file.key.empty())
    addNotice(active_, "the weights are what the checkpoint holds under '" + printable(file.key) + "'");
  for (const std::string& info : file.infos) addNotice(active_, info);
  if (const GeneratorSpec* found = network_->found()) info_.spec = *found;
}

Model::~Model() {
  worker_.stop([network = std::move(network_)]() mutable { network.reset(); });
}

std::unique_ptr<Stream> Model::makeStream() {
  return std::make_unique<ModelStream>(shared_from_this());
}

Verification Model::verify() {
  if (!sample_)
    throw Error(ErrorKind::unsupported,
                "the model holds no sample to verify it with; `cut-model convert` writes files that do");
  return cut::verify(*makeStream(), *sample_, active_.precision);
}

}  // namespace cut
