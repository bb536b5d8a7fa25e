#include "formats/pickle_names.hpp"

#include <array>

namespace cut {
namespace {

constexpr ElementType typed(std::string_view name, std::uint8_t width, DType dtype) {
  return {name, width, dtype, false};
}

constexpr ElementType foreign(std::string_view name, std::uint8_t width) {
  return {name, width, DType::uint8, true};
}

constexpr ElementType unknown = foreign("", 0);

// Of the modules torch and torch.cuda.
constexpr std::array storageClasses{
    typed("HalfStorage", 2, DType::float16),
    typed("BFloat16Storage", 2, DType::bfloat16),
    typed("FloatStorage", 4, DType::float32),
    typed("DoubleStorage", 8, DType::float64),
    typed("ByteStorage", 1, DType::uint8),
    typed("CharStorage", 1, DType::int8),
    typed("ShortStorage", 2, DType::int16),
    typed("IntStorage", 4, DType::int32),
    typed("LongStorage", 8, DType::int64),
    typed("BoolStorage", 1, DType::boolean),
    typed("UntypedStorage", 1, DType::uint8),
    foreign("ComplexFloatStorage", 8),
    foreign("ComplexDoubleStorage", 16),
    foreign("QInt8Storage", 1),
    foreign("QUInt8Storage", 1),
    foreign("QInt32Storage", 4),
    foreign("QUInt4x2Storage", 1),
    foreign("QUInt2x4Storage", 1),
};

struct KnownName {
  std::string_view module;
  std::string_view name;
  GlobalKind kind;
};

constexpr std::array knownNames{
    KnownName{"collections", "OrderedDict", GlobalKind::orderedDict},
    KnownName{"torch._utils", "_rebuild_tensor_v2", GlobalKind::rebuildTensor},
    KnownName{"torch._utils", "_rebuild_tensor", GlobalKind::rebuildPlainTensor},  // before 0.4
    KnownName{"torch._utils", "_rebuild_parameter", GlobalKind::rebuildParameter},
    KnownName{"torch._utils", "_rebuild_parameter_with_state", GlobalKind::rebuildParameter},
    KnownName{"torch._tensor", "_rebuild_from_type_v2", GlobalKind::rebuildFromType},
    KnownName{"torch", "Tensor", GlobalKind::tensorClass},
    KnownName{"torch.nn.parameter", "Parameter", GlobalKind::tensorClass},
    KnownName{"torch", "Size", GlobalKind::size},
};

bool hasStorages(std::string_view module, std::string_view name) {
  if (module == "torch" || module == "torch.cuda") return true;
  return module == "torch.storage" && name == "UntypedStorage";
}

}  // namespace

PickleNode nodeOfName(std::string_view module, std::string_view name) {
  for (const KnownName& known : knownNames)
    if (known.module == module && known.name == name) return PickleGlobal{known.kind};
  if (hasStorages(module, name))
    for (const ElementType& type : storageClasses)
      if (type.name == name) return PickleGlobal{GlobalKind::storageType, &type};
  return PickleOpaque{module, name};
}

const ElementType& unknownElements() noexcept {
  return unknown;
}

}  // namespace cut
