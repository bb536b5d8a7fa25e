#include "arch/tensor_table.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

constexpr std::string_view counterName = "num_batches_tracked";

bool isFloat(DType type) {
  return type == DType::float16 || type == DType::bfloat16 || type == DType::float32 ||
         type == DType::float64;
}

std::string quoted(std::string_view name) {
  return "'" + printable(name) + "'";
}

std::optional<std::string> misfit(const TensorInfo& info, const TensorTable& table,
                                  const std::string& network) {
  const Tensor* tensor = table.find(info.name);
  if (tensor == nullptr) {
    if (info.optional) return std::nullopt;
    return "the tensor " + quoted(info.name) + " is missing; " + network + " has it, of shape " +
           shapeText(info.shape);
  }
  if (tensor->shape != info.shape)
    return "the tensor " + quoted(info.name) + " has the shape " + shapeText(tensor->shape) + "; " + network +
           " has " + shapeText(info.shape) + " there";
  if (!isFloat(tensor->dtype) && !info.name.ends_with(counterName))
    return "the tensor " + quoted(info.name) + " holds " + std::string(nameOf(tensor->dtype)) + " numbers; " +
           network + " has floating-point ones there";
  return std::nullopt;
}

// The first tensor of the table that is not expected: "the tensor 'x' of shape (3,) is unexpected".
std::optional<std::string> firstUnknown(const std::vector<TensorInfo>& expected, const TensorTable& table) {
  std::set<std::string_view> known;
  for (const TensorInfo& info : expected) known.insert(info.name);
  for (const auto& [name, tensor] : table.weights())
    if (!known.contains(name))
      return "the tensor " + quoted(name) + " of shape " + shapeText(tensor.shape) + " is unexpected";
  return std::nullopt;
}

}  // namespace

TensorTable::TensorTable(const StateDict& weights) : weights_(weights) {
  for (const auto& [name, tensor] : weights)
    if (!byName_.emplace(name, &tensor).second)
      throw Error(ErrorKind::wrongFile,
                  "the tensor " + quoted(name) + " comes twice; expected each name once");
}

const Tensor* TensorTable::find(std::string_view name) const {
  const auto found = byName_.find(name);
  return found == byName_.end() ? nullptr : found->second;
}

std::size_t countMatches(const std::vector<TensorInfo>& expected, const TensorTable& table) {
  return static_cast<std::size_t>(
      std::count_if(expected.begin(), expected.end(), [&](const TensorInfo& info) {
        const Tensor* tensor = table.find(info.name);
        return tensor != nullptr && tensor->shape == info.shape;
      }));
}

std::optional<std::string> firstMisfit(const std::vector<TensorInfo>& expected, const TensorTable& table,
                                       const std::string& network) {
  const std::optional<std::string> unknown = firstUnknown(expected, table);
  for (const TensorInfo& info : expected)
    if (auto text = misfit(info, table, network)) {
      const bool isMissing = table.find(info.name) == nullptr;  // under another name, perhaps
      return *text + (isMissing && unknown ? "; " + *unknown : "");
    }
  if (unknown) return *unknown + "; " + network + " has none of that name";
  return std::nullopt;
}

}  // namespace cut
