#include "trainer/loop/previews.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "trainer/loop/averaged.hpp"
#include "trainer/loop/images.hpp"

namespace cut::trainer {

Previews::Previews(const PairDataset& dataset, int count, c10::Device device) {
  const std::int64_t rows = std::min<std::int64_t>(count, dataset.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    const Pair pair = dataset.get(/*epoch=*/1, i);
    rows_.push_back({std::filesystem::path(pair.nameA).filename().string(), toTensor(pair.a, device),
                     toTensor(pair.b, device)});
  }
}

std::vector<PictureRow> Previews::rows(Method& method, const StateDict& average) const {
  const Averaged averaged(method.generator(), average);
  const at::NoGradGuard noGrad;
  std::vector<PictureRow> rows;
  for (const Row& row : rows_) {
    PictureRow pictures{row.name, {}};
    for (const auto& [label, image] : method.preview(row.a, row.b))
      pictures.pictures.emplace_back(label, toPicture(image));
    rows.push_back(std::move(pictures));
  }
  return rows;
}

}  // namespace cut::trainer
