// SPDX-License-Identifier: MIT
#include "trainer/translate/picture_translator.hpp"

#include <string>
#include <type_traits>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

template <typename View, typename OfPicture>
View viewOf(OfPicture& picture) {
  const int channels = picture.channels;
  return {.data = picture.row(0),
          .stride = static_cast<std::ptrdiff_t>(picture.rowBytes()),
          .width = picture.width,
          .height = picture.height,
          .layout = {.channels = channels, .pixelStride = channels}};
}

bool isGreyOrColour(int channels) {
  return channels == 1 || channels == 3;
}

}  // namespace

PictureTranslator::PictureTranslator(const std::filesystem::path& model, const EngineOptions& options)
    : model_(SharedModel::open(model, options)), stream_(model_->makeStream()) {
  const GeneratorSpec& spec = model_->info().spec;
  if (!isGreyOrColour(spec.inputChannels) || !isGreyOrColour(spec.outputChannels))
    throw Error(ErrorKind::unsupported, model.string() + ": expected a model of 1 or 3 channels, got " +
                                            std::to_string(spec.inputChannels) + " -> " +
                                            std::to_string(spec.outputChannels));
}

Picture PictureTranslator::operator()(const Picture& picture) {
  const Size size{picture.width, picture.height};
  if (!(size == size_)) {
    size_ = {};  // where configure throws, the next picture must configure again
    stream_->configure(size);
    size_ = size;
  }
  const GeneratorSpec& spec = model_->info().spec;
  Picture out(picture.width, picture.height, spec.outputChannels);
  if (spec.inputChannels == picture.channels) {
    stream_->translate(viewOf<ImageView>(picture), viewOf<MutableImageView>(out));
  } else {
    const Picture luma = toLuma(picture);
    stream_->translate(viewOf<ImageView>(luma), viewOf<MutableImageView>(out));
  }
  return out;
}

}  // namespace cut::trainer
