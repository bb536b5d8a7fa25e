#include "open_model.hpp"

#include "cuttranslate/error.hpp"

namespace cut::gst {

std::shared_ptr<SharedModel> openModel(const Settings& settings) {
  if (settings.model.empty())
    throw Error(ErrorKind::invalidArgument,
                "no model is set; expected model=FILE, the weights of a generator");
  auto model = SharedModel::open(settings.model, settings.engine);
  const GeneratorSpec& spec = model->info().spec;
  if (spec.inputChannels != spec.outputChannels || (spec.inputChannels != 3 && spec.inputChannels != 1))
    throw Error(ErrorKind::unsupported, "the model takes " + std::to_string(spec.inputChannels) +
                                            " channels and gives " + std::to_string(spec.outputChannels) +
                                            "; video has 3, or 1 as GRAY8 (other counts: libcuttranslate)");
  if (settings.verify) model->verify();
  return model;
}

}  // namespace cut::gst
