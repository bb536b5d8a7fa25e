#include "formats/safetensors_header.hpp"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

constexpr std::size_t mostSides = 64;
constexpr std::string_view metadataKey = "__metadata__";

constexpr std::array<std::pair<DType, std::string_view>, 10> types{{{DType::float16, "F16"},
                                                                    {DType::bfloat16, "BF16"},
                                                                    {DType::float32, "F32"},
                                                                    {DType::float64, "F64"},
                                                                    {DType::uint8, "U8"},
                                                                    {DType::int8, "I8"},
                                                                    {DType::int16, "I16"},
                                                                    {DType::int32, "I32"},
                                                                    {DType::int64, "I64"},
                                                                    {DType::boolean, "BOOL"}}};

// Those of no weights, by the bits of an element.
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 12> foreignTypes{{{"F4", 4},
                                                                                   {"F6_E2M3", 6},
                                                                                   {"F6_E3M2", 6},
                                                                                   {"F8_E5M2", 8},
                                                                                   {"F8_E4M3", 8},
                                                                                   {"F8_E8M0", 8},
                                                                                   {"F8_E4M3FNUZ", 8},
                                                                                   {"F8_E5M2FNUZ", 8},
                                                                                   {"U16", 16},
                                                                                   {"U32", 32},
                                                                                   {"U64", 64},
                                                                                   {"C64", 64}}};

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::wrongFile, "its safetensors header " + what);
}

// What nlohmann's parser reports, held against the only form there is:
// {name: {"dtype": text, "shape": [n, ...], "data_offsets": [begin, end]}, "__metadata__": {text: text}}
class HeaderEvents {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  SafetensorsHeader take() && { return std::move(header_); }

  bool start_object(std::size_t /*elements*/) {
    if (place_ == Place::start) return move(Place::top);
    if (place_ == Place::metadataBegin) return move(Place::metadata);
    if (place_ == Place::tensorBegin) return move(Place::tensor);
    failForm();
  }

  bool end_object() {
    if (place_ == Place::top) return move(Place::end);
    if (place_ == Place::metadata) return move(Place::top);
    if (place_ == Place::tensor) return finishTensor();
    failForm();
  }

  bool key(string_t& name) {
    if (place_ == Place::top) return beginEntry(name);
    if (place_ == Place::tensor) return beginField(name);
    if (place_ != Place::metadata) failForm();
    if (header_.metadata.contains(name)) fail("has the metadata '" + printable(name) + "' twice");
    key_ = name;
    return move(Place::metadataValue);
  }

  bool string(string_t& value) {
    if (place_ == Place::metadataValue) {
      header_.metadata[key_] = value;
      return move(Place::metadata);
    }
    if (place_ != Place::dtype) failForm();
    entry().dtype = dtypeFromSafetensors(value);
    if (!entry().dtype) entry().foreignType = value;
    return move(Place::tensor);
  }

  bool start_array(std::size_t /*elements*/) {
    if (place_ == Place::shapeBegin) return move(Place::shape);
    if (place_ == Place::offsetsBegin) return move(Place::offsets);
    failForm();
  }

  bool end_array() {
    if (place_ != Place::shape && place_ != Place::offsets) failForm();
    return move(Place::tensor);
  }

  bool number_unsigned(number_unsigned_t value) {
    if (value > std::numeric_limits<std::int64_t>::max()) failForm();
    if (place_ == Place::shape) {
      if (entry().shape.size() == mostSides)
        fail("gives '" + printable(entry().name) + "' more than " + std::to_string(mostSides) + " sides");
      entry().shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (place_ != Place::offsets || offsets_.size() == 2) failForm();
    offsets_.push_back(value);
    return true;
  }

  bool number_integer(number_integer_t /*value*/) { failForm(); }  // negative
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) { failForm(); }
  bool boolean(bool /*value*/) { failForm(); }
  bool null() { failForm(); }
  bool binary(binary_t& /*value*/) { failForm(); }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*what*/) {
    fail("is no JSON from its byte " + std::to_string(position) + " on; the file is damaged");
  }

 private:
  enum class Place {
    start,
    top,
    metadataBegin,
    metadata,
    metadataValue,
    tensorBegin,
    tensor,
    dtype,
    shapeBegin,
    shape,
    offsetsBegin,
    offsets,
    end,
  };

  [[noreturn]] void failForm() const {
    const std::string where =
        header_.entries.empty() ? "" : " near '" + printable(header_.entries.back().name) + "'";
    fail("is not of the form {name: {dtype, shape, data_offsets}}" + where);
  }

  bool move(Place place) {
    place_ = place;
    return true;
  }

  SafetensorsEntry& entry() { return header_.entries.back(); }

  bool beginEntry(const std::string& name) {
    if (!names_.insert(name).second) fail("has the name '" + printable(name) + "' twice");
    if (name == metadataKey) return move(Place::metadataBegin);
    header_.entries.emplace_back().name = name;
    fields_ = {};
    offsets_.clear();
    return move(Place::tensorBegin);
  }

  bool beginField(const std::string& name) {
    constexpr std::array<std::string_view, 3> known{"dtype", "shape", "data_offsets"};
    constexpr std::array<Place, 3> places{Place::dtype, Place::shapeBegin, Place::offsetsBegin};
    for (std::size_t i = 0; i < known.size(); ++i)
      if (name == known[i] && !std::exchange(fields_[i], true)) return move(places[i]);
    fail("has '" + printable(name) + "' for the tensor '" + printable(entry().name) +
         "'; expected dtype, shape and data_offsets, each once");
  }

  bool finishTensor() {
    if (fields_ != std::array{true, true, true} || offsets_.size() != 2)
      fail("lacks dtype, shape or data_offsets of the tensor '" + printable(entry().name) + "'");
    entry().begin = offsets_[0];
    entry().end = offsets_[1];
    return move(Place::top);
  }

  SafetensorsHeader header_;
  Place place_ = Place::start;
  std::set<std::string> names_;
  std::string key_;
  std::array<bool, 3> fields_{};
  std::vector<std::uint64_t> offsets_;
};

}  // namespace

std::optional<DType> dtypeFromSafetensors(std::string_view name) noexcept {
  for (const auto& [type, known] : types)
    if (known == name) return type;
  return std::nullopt;
}

std::uint64_t bitsFromSafetensors(std::string_view name) noexcept {
  if (const auto type = dtypeFromSafetensors(name)) return 8 * bytesPerElement(*type);
  for (const auto& [known, bits] : foreignTypes)
    if (known == name) return bits;
  return 0;
}

std::string_view safetensorsName(DType type) {
  for (const auto& [known, name] : types)
    if (known == type) return name;
  throw Error(ErrorKind::invalidArgument, "a tensor has a type that cannot be written");
}

SafetensorsHeader parseSafetensorsHeader(std::string_view json) {
  HeaderEvents events;
  nlohmann::json::sax_parse(json, &events);
  return std::move(events).take();
}

}  // namespace cut
