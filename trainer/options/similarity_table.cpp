// SPDX-License-Identifier: MIT
#include "trainer/options/tables.hpp"

namespace cut::trainer {
namespace {

void addPoints(OptionTable& table, std::vector<PicturePoint>& points) {
  Option& row =
      table.add("point", "X,Y", ValueKind::text,
                "a place of the image, in its pixels: a row of the sheet. May be given several times");
  row.repeatable = true;
  row.set = [&points](const std::string& text) { points.push_back(pixelOf("point", text)); };
  row.get = [&points] {
    std::vector<std::string> all;
    for (const PicturePoint& point : points) all.push_back(textOf(point));
    return all;
  };
}

// No layers at all stand for the reference's own, which are other ones for other networks.
void addLayers(OptionTable& table, std::vector<std::int64_t>& layers) {
  table.integers("nce_layers", layers, {-1, 1000},
                 "the generator's layers, as in training; without it those of the reference's presets: "
                 "0,4,8,12,16 of a ResNet, 0,2,4 of StyleGAN2");
}

}  // namespace

OptionTable similarityTable(SimilarityOptions& options) {
  OptionTable table;
  table.group("Files");
  table.paths("IMAGE", options.images, "the picture, or several, one below the other").role =
      Role::positional;
  table.path("output", options.output, "the sheet that is written: png, webp or another image").shown =
      "FILE";
  table.boolean("overwrite", options.overwrite, "replace what is there already");
  table.group("Which model");
  table.path("model", options.model, "the model: model.pt of a run, or a .pth of the reference").shown =
      "FILE";
  table
      .path("netF", options.netF,
            "its run's heads, such as latest_net_F.pth: what PatchNCE compares is then shown as well")
      .shown = "FILE";
  addLayers(table, options.nceLayers);
  table.group("What is shown");
  addPoints(table, options.points);
  table.choice(
      "query", options.query, {QuerySide::output, QuerySide::input},
      "where the point's feature is from: its translation, as PatchNCE has it, or the picture itself. "
      "It is compared with all places of the picture");
  table.choice(
      "scale", options.scale, {SimilarityScale::exponential, SimilarityScale::cosine},
      "exp: exp(similarity / nce_T), 1 at the most similar place; cosine: from the least similar place "
      "to the most similar one");
  table.real("nce_T", options.nceT, {1e-3, 1e3}, "temperature of exp");
  addExifOrientation(table, options.exifOrientation);
  table.integer("max_side", options.maxSide, {16, 4096},
                "pixels: a larger image is scaled down to it. Memory grows with its square");
  table.integer("display_winsize", options.displayWinsize, {64, 2048},
                "pixels: the width of a picture in the sheet");
  table.group("Machine");
  addDevice(table, options.device);
  addThreads(table, options.threads);
  return table;
}

void SimilarityOptions::validate() const {
  if (model.empty()) refuse("model", "nothing says which model; give --model model.pt");
  if (points.empty()) refuse("point", "nothing says which place; give --point X,Y in pixels of the image");
  if (images.empty()) refuse("model", "expected an image behind the options");
}

}  // namespace cut::trainer
