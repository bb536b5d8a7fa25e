#include "nets/resnet_generator.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <utility>

#include "cut/error.hpp"
#include "nets/borders.hpp"
#include "nets/instance_norm.hpp"
#include "nets/layers.hpp"

namespace cut::nets {
namespace {

// A norm with its ReLU; Norm::batch has a module of its own.
at::Tensor normRelu(at::Tensor x, Norm norm, BatchNorm* batchNorm) {
  if (norm == Norm::instance) return instanceNorm(std::move(x), Activation::relu);
  return (batchNorm ? batchNorm->forward(x) : x).relu_();
}

// x + norm(conv(pad(relu(norm(conv(pad(x)))))))
class ResnetBlock : public torch::nn::Module {
 public:
  ResnetBlock(const GeneratorSpec& spec, std::int64_t channels) : norm_(spec.norm), dropout_(spec.dropout) {
    const ConvolutionOptions options{
        .inputs = channels, .outputs = channels, .bias = spec.convolutionsHaveBias()};
    const int second = dropout_ ? 6 : 5;  // its index in the reference's Sequential
    block_ = register_module("conv_block", std::make_shared<torch::nn::Module>());
    first_ = block_->register_module("1", std::make_shared<Convolution>(options));
    if (norm_ == Norm::batch)
      firstNorm_ = block_->register_module("2", std::make_shared<BatchNorm>(channels));
    second_ = block_->register_module(std::to_string(second), std::make_shared<Convolution>(options));
    if (norm_ == Norm::batch)
      secondNorm_ =
          block_->register_module(std::to_string(second + 1), std::make_shared<BatchNorm>(channels));
  }

  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = normRelu(first_->forward(reflect(x, 1)), norm_, firstNorm_.get());
    if (dropout_) y = at::dropout(y, 0.5, is_training());
    y = second_->forward(reflect(y, 1));
    if (norm_ == Norm::instance) return instanceNorm(std::move(y), Activation::none, x);
    return x + (secondNorm_ ? secondNorm_->forward(y) : y);
  }

 private:
  Norm norm_;
  bool dropout_;
  std::shared_ptr<torch::nn::Module> block_;
  std::shared_ptr<Convolution> first_, second_;
  std::shared_ptr<BatchNorm> firstNorm_, secondNorm_;
};

}  // namespace

std::string ResnetGenerator::nextName() const {
  return std::to_string(layers_.size());
}

template <typename M, typename... Args>
void ResnetGenerator::addModule(Args&&... args) {
  auto module = model_->register_module(nextName(), std::make_shared<M>(std::forward<Args>(args)...));
  layers_.emplace_back([module](const at::Tensor& x) { return module->forward(x); });
}

void ResnetGenerator::addConvolution(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel,
                                     std::int64_t stride, std::int64_t padding) {
  addModule<Convolution>(
      ConvolutionOptions{inputs, outputs, kernel, stride, padding, spec_.convolutionsHaveBias()});
}

// The norm's layer does both, so that the ReLU's passes on what it is given.
void ResnetGenerator::addNormRelu(std::int64_t channels) {
  std::shared_ptr<BatchNorm> batchNorm;
  if (spec_.norm == Norm::batch)
    batchNorm = model_->register_module(nextName(), std::make_shared<BatchNorm>(channels));
  layers_.emplace_back(
      [norm = spec_.norm, batchNorm](at::Tensor x) { return normRelu(std::move(x), norm, batchNorm.get()); });
  layers_.emplace_back([](at::Tensor x) { return x; });
}

void ResnetGenerator::addDown(std::int64_t channels) {
  addConvolution(channels, 2 * channels, 3, spec_.noAntialias ? 2 : 1, 1);
  addNormRelu(2 * channels);
  if (!spec_.noAntialias) addModule<Downsample>(2 * channels);
}

void ResnetGenerator::addBlock(std::int64_t channels) {
  addModule<ResnetBlock>(spec_, channels);
}

void ResnetGenerator::addUp(std::int64_t channels) {
  if (spec_.noAntialiasUp) {
    addModule<TransposedConvolution>(channels, channels / 2, spec_.convolutionsHaveBias());
  } else {
    addModule<Upsample>(channels);
    addConvolution(channels, channels / 2, 3, 1, 1);
  }
  addNormRelu(channels / 2);
}

ResnetGenerator::ResnetGenerator(const GeneratorSpec& spec) : spec_(spec) {
  spec.validate();
  model_ = register_module("model", std::make_shared<torch::nn::Module>());
  const std::int64_t ngf = spec.ngf;

  layers_.emplace_back([](const at::Tensor& x) { return reflect(x, 3); });
  addConvolution(spec.inputChannels, ngf, 7, 1, 0);
  addNormRelu(ngf);
  addDown(ngf);
  addDown(2 * ngf);
  for (int i = 0; i < spec.blocks; ++i) addBlock(4 * ngf);
  addUp(4 * ngf);
  addUp(2 * ngf);
  layers_.emplace_back([](const at::Tensor& x) { return reflect(x, 3); });
  addModule<Convolution>(ConvolutionOptions{.inputs = ngf, .outputs = spec.outputChannels, .kernel = 7});
  layers_.emplace_back([](const at::Tensor& x) { return at::tanh(x); });
}

std::vector<std::int64_t> ResnetGenerator::resolved(std::vector<std::int64_t> layers) const {
  const std::int64_t last = layerCount() - 1;
  for (auto& layer : layers) {
    if (layer < -1 || layer > last)
      throw Error(ErrorKind::invalidArgument, "layer " + std::to_string(layer) + " of " + spec_.name() +
                                                  ": expected 0 to " + std::to_string(last) +
                                                  ", or -1 for the output");
    if (layer == -1) layer = last;
  }
  std::sort(layers.begin(), layers.end());
  return layers;
}

at::Tensor ResnetGenerator::run(const at::Tensor& x, std::int64_t end,
                                const std::vector<std::int64_t>& wanted, std::vector<at::Tensor>& maps) {
  at::Tensor y = x;
  auto next = wanted.begin();
  for (std::int64_t i = 0; i < end; ++i) {
    y = layers_[static_cast<std::size_t>(i)](std::move(y));
    for (; next != wanted.end() && *next == i; ++next) maps.push_back(y);
  }
  return y;
}

at::Tensor ResnetGenerator::forward(const at::Tensor& x) {
  std::vector<at::Tensor> none;
  return run(x, layerCount(), {}, none);
}

std::vector<at::Tensor> ResnetGenerator::encode(const at::Tensor& x, std::vector<std::int64_t> layers) {
  const auto wanted = resolved(std::move(layers));
  std::vector<at::Tensor> maps;
  if (!wanted.empty()) run(x, wanted.back() + 1, wanted, maps);
  return maps;
}

at::Tensor ResnetGenerator::forwardWithMaps(const at::Tensor& x, std::vector<std::int64_t> layers,
                                            std::vector<at::Tensor>& maps) {
  return run(x, layerCount(), resolved(std::move(layers)), maps);
}

}  // namespace cut::nets
