// SPDX-License-Identifier: MIT
#include "trainer/similarity/similarity_rows.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "cuttranslate/error.hpp"
#include "nets/padding.hpp"
#include "trainer/similarity/encoder_similarity.hpp"
#include "trainer/similarity/heat_map.hpp"

namespace cut::trainer {
namespace {

CellValues cellsOf(const at::Tensor& map) {
  const at::Tensor plain = map.contiguous();
  const float* values = plain.const_data_ptr<float>();
  return {static_cast<int>(plain.size(1)), static_cast<int>(plain.size(0)), {values, values + plain.numel()}};
}

// Of the cells of `map`, which covers the picture `whole`, that have pixels of `image` before it was padded.
SimilarityFigures figuresOf(const at::Tensor& map, const PicturePoint& part, const at::Tensor& image,
                            const at::Tensor& whole) {
  const double x = static_cast<double>(image.size(3)) / static_cast<double>(whole.size(3));
  const double y = static_cast<double>(image.size(2)) / static_cast<double>(whole.size(2));
  const auto width = static_cast<double>(map.size(1)), height = static_cast<double>(map.size(0));
  const auto inside = [](std::int64_t count, std::int64_t side, std::int64_t padded) {
    return (count * side + padded - 1) / padded;
  };
  const CellValues cells = cellsOf(map.slice(0, 0, inside(map.size(0), image.size(2), whole.size(2)))
                                       .slice(1, 0, inside(map.size(1), image.size(3), whole.size(3))));
  SimilarityFigures figures;
  const auto [least, most] = std::minmax_element(cells.values.begin(), cells.values.end());
  const auto best = most - cells.values.begin();
  figures.least = *least;
  figures.most = *most;
  const std::int64_t ownRow = cellAt(part.y, map.size(0));
  const std::int64_t ownColumn = cellAt(part.x, map.size(1));
  figures.own = cells.values[static_cast<std::size_t>(ownRow * cells.width + ownColumn)];
  figures.rank = 1 + std::count_if(cells.values.begin(), cells.values.end(),
                                   [&](float value) { return value > figures.own; });
  figures.cells = static_cast<std::int64_t>(cells.values.size());
  const std::int64_t row = best / cells.width;
  figures.mostSimilarX = std::min(1.0, (static_cast<double>(best - row * cells.width) + 0.5) / width / x);
  figures.mostSimilarY = std::min(1.0, (static_cast<double>(row) + 0.5) / height / y);
  return figures;
}

// Points as parts of the padded picture, which is what the maps cover.
std::vector<PicturePoint> partsOf(std::span<const PicturePoint> points, const at::Tensor& image,
                                  const at::Tensor& whole) {
  const double x = static_cast<double>(image.size(3)) / static_cast<double>(whole.size(3));
  const double y = static_cast<double>(image.size(2)) / static_cast<double>(whole.size(2));
  std::vector<PicturePoint> parts;
  for (const PicturePoint& point : points) parts.push_back({point.x * x, point.y * y});
  return parts;
}

at::Tensor translated(nets::Generator& generator, const at::Tensor& image) {
  if (generator.spec().inputChannels != generator.spec().outputChannels)
    throw Error(ErrorKind::unsupported, "--query output: a generator of " + generator.spec().text() +
                                            " cannot read its own translation; expected --query input");
  return generator.forward(image);
}

Picture marked(Picture picture, const PicturePoint& point) {
  markPoint(picture, point.x * picture.width, point.y * picture.height);
  return picture;
}

}  // namespace

std::vector<SimilarityRow> similarityRows(const EncoderView& view, const at::Tensor& image,
                                          std::span<const PicturePoint> points,
                                          const SimilarityDrawing& drawing) {
  const at::NoGradGuard noGrad;
  const at::Tensor keys = nets::reflectToMultiple(image, view.generator->spec().sizeMultiple());
  const bool ofOutput = drawing.query == QuerySide::output;
  const at::Tensor query = ofOutput ? translated(*view.generator, keys) : keys;
  const std::vector<PicturePoint> parts = partsOf(points, image, keys);
  const auto maps = encoderSimilarity(view, query, keys, parts);

  const auto shown = [&](const at::Tensor& whole) {
    return scaledToWidth(toPicture(whole.slice(2, 0, image.size(2)).slice(3, 0, image.size(3))),
                         drawing.width);
  };
  const Picture keysPicture = shown(keys);
  const Picture queryPicture = ofOutput ? shown(query) : Picture();
  const double coveredWidth =
      keysPicture.width * static_cast<double>(keys.size(3)) / static_cast<double>(image.size(3));
  const double coveredHeight =
      keysPicture.height * static_cast<double>(keys.size(2)) / static_cast<double>(image.size(2));

  std::vector<SimilarityRow> rows;
  for (std::size_t i = 0; i < points.size(); ++i) {
    SimilarityRow row{
        ofOutput ? marked(queryPicture, points[i]) : Picture(), marked(keysPicture, points[i]), {}};
    for (const LayerSimilarity& map : maps) {
      if (drawing.maps == ShownMaps::compared && map.throughHead != (view.heads != nullptr)) continue;
      const at::Tensor whole = map.values[static_cast<std::int64_t>(i)];
      const CellValues cells = cellsOf(whole);
      const Picture heat =
          overlaid(keysPicture, heatOf(cells, drawing.scale, view.temperature), coveredWidth, coveredHeight);
      row.cells.push_back({"layer " + std::to_string(map.layer) + (map.throughHead ? " through H" : ""),
                           marked(heat, points[i]), figuresOf(whole, parts[i], image, keys)});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Picture toPicture(const at::Tensor& images) {
  at::Tensor image = images[0].detach().to(at::kCPU, at::kFloat);
  if (image.size(0) == 1) image = image.expand({3, -1, -1});
  const at::Tensor bytes =
      ((image.slice(0, 0, 3).clamp(-1, 1) + 1) * 127.5).round().to(at::kByte).permute({1, 2, 0}).contiguous();
  Picture picture(bytes.size(1), bytes.size(0), 3);
  std::copy_n(bytes.const_data_ptr<std::uint8_t>(), picture.pixels.size(), picture.pixels.begin());
  return picture;
}

}  // namespace cut::trainer
