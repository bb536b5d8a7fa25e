// SPDX-License-Identifier: MIT
#include "trainer/similarity/similarity.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <system_error>

#include "backends/torch/device/torch_device.hpp"
#include "cuttranslate/error.hpp"
#include "trainer/data/image_file.hpp"
#include "trainer/similarity/heat_map.hpp"
#include "trainer/similarity/sheet.hpp"
#include "trainer/similarity/similarity_rows.hpp"
#include "trainer/similarity/view_file.hpp"
#include "trainer/translate/image_writer.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

constexpr int smallest = 16;  // side of an image, in pixels

void checkOutput(const SimilarityOptions& options) {
  std::error_code ignored;
  if (!isWritableImageName(options.output))
    throw Error(ErrorKind::invalidArgument,
                "--output: expected a name such as similarity.png, got " + options.output.string());
  if (!options.overwrite && fs::exists(options.output, ignored))
    throw Error(ErrorKind::invalidArgument,
                "--output: " + options.output.string() + " is there already; --overwrite replaces it");
}

std::string sizeText(const Picture& picture) {
  return std::to_string(picture.width) + " x " + std::to_string(picture.height);
}

// The points as parts of the sides: in the middle of their pixels.
std::vector<PicturePoint> partsOf(const std::vector<PicturePoint>& points, const Picture& picture,
                                  const fs::path& image) {
  std::vector<PicturePoint> parts;
  for (const PicturePoint& point : points) {
    if (point.x >= picture.width || point.y >= picture.height)
      throw Error(ErrorKind::invalidArgument, "--point " + textOf(point) + " is outside " + image.string() +
                                                  ", which is " + sizeText(picture) + " pixels");
    parts.push_back({(point.x + 0.5) / picture.width, (point.y + 0.5) / picture.height});
  }
  return parts;
}

Picture readLargeEnough(const fs::path& path, const SimilarityOptions& options) {
  Picture picture = readImage(path, exifOrientation(options));
  if (std::min(picture.width, picture.height) < smallest)
    throw Error(ErrorKind::invalidArgument, path.string() + ": expected an image of " +
                                                std::to_string(smallest) + " x " + std::to_string(smallest) +
                                                " pixels or more, got " + sizeText(picture));
  return picture;
}

// Its longer side at most --max_side.
Picture bounded(const Picture& picture, const SimilarityOptions& options, const fs::path& path,
                std::ostream& progress) {
  const int longer = std::max(picture.width, picture.height);
  if (longer <= options.maxSide) return picture;
  const int width =
      static_cast<int>(std::lrint(static_cast<double>(picture.width) * options.maxSide / longer));
  Picture scaled = scaledToWidth(picture, std::max(1, width));
  if (std::min(scaled.width, scaled.height) < smallest)
    throw Error(ErrorKind::invalidArgument, path.string() + ": --max_side " +
                                                std::to_string(options.maxSide) + " would make it " +
                                                sizeText(scaled) + " pixels; expected a larger one");
  progress << path.string() << ": scaled from " << sizeText(picture) << " to " << sizeText(scaled)
           << " pixels, as --max_side says\n";
  return scaled;
}

at::Tensor toTensor(const Picture& picture, const GeneratorSpec& spec, c10::Device device) {
  Planes planes = toPlanes(spec.inputChannels == 1 ? toLuma(picture) : picture);
  return at::from_blob(planes.values.data(), {1, planes.channels, planes.height, planes.width}, at::kFloat)
      .clone(at::MemoryFormat::ChannelsLast)
      .to(device);
}

std::string rounded(float value) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << value;
  return text.str();
}

std::string belowOf(const SimilarityFigures& figures, QuerySide query) {
  const std::string range = rounded(figures.least) + " to " + rounded(figures.most);
  return query == QuerySide::input
             ? range
             : range + "; own " + rounded(figures.own) + ", rank " + std::to_string(figures.rank);
}

SheetRow sheetRow(SimilarityRow&& row, const std::string& where, const SimilarityOptions& options) {
  SheetRow cells;
  if (options.query == QuerySide::output)
    cells.push_back({std::move(row.query), "G(x): the query at " + where, ""});
  cells.push_back(
      {std::move(row.keys), options.query == QuerySide::output ? "x" : "x: the query at " + where, ""});
  for (SimilarityCell& cell : row.cells)
    cells.push_back({std::move(cell.picture), cell.label, belowOf(cell.figures, options.query)});
  return cells;
}

void print(std::ostream& out, const fs::path& image, const std::string& where, const SimilarityRow& row,
           const Picture& picture) {
  for (const SimilarityCell& cell : row.cells) {
    const SimilarityFigures& figures = cell.figures;
    out << image.string() << ' ' << where << ' ' << cell.label << ": " << rounded(figures.own)
        << " at its own place, rank " << figures.rank << " of " << figures.cells << "; most "
        << rounded(figures.most) << " at " << static_cast<int>(figures.mostSimilarX * picture.width) << ','
        << static_cast<int>(figures.mostSimilarY * picture.height) << ", least " << rounded(figures.least)
        << '\n';
  }
}

}  // namespace

void similarity(const SimilarityOptions& options, std::ostream& numbers, std::ostream& progress) {
  checkOutput(options);
  const c10::Device device = device::deviceFromName(options.device);
  if (options.threads > 0) at::set_num_threads(options.threads);
  const ViewFile view(options, device);
  const SimilarityDrawing drawing{.query = options.query,
                                  .scale = options.scale,
                                  .maps = ShownMaps::all,
                                  .width = options.displayWinsize};
  std::vector<SheetRow> sheet;
  for (const fs::path& image : options.images) {
    const Picture picture = readLargeEnough(image, options);
    const std::vector<PicturePoint> parts = partsOf(options.points, picture, image);
    const at::Tensor input =
        toTensor(bounded(picture, options, image, progress), view.get().generator->spec(), device);
    std::vector<SimilarityRow> rows = similarityRows(view.get(), input, parts, drawing);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string where = textOf(options.points[i]);
      print(numbers, image, where, rows[i], picture);
      sheet.push_back(sheetRow(std::move(rows[i]), where, options));
    }
  }
  const Picture drawn = drawSheet(sheet);
  writeImage(options.output, drawn);
  progress << "wrote " << options.output.string() << ", " << sizeText(drawn) << " pixels\n";
}

}  // namespace cut::trainer
