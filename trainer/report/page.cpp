#include "trainer/report/page.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/text.hpp"
#include "page_template.hpp"
#include "trainer/report/encoded_picture.hpp"
#include "trainer/report/json_text.hpp"

namespace cut::trainer {
namespace {

using nlohmann::json;

constexpr std::size_t longestTitle = 400;

const char* nameOf(RunState state) {
  switch (state) {
    case RunState::running:
      return "running";
    case RunState::stopped:
      return "stopped";
    case RunState::finished:
      break;
  }
  return "finished";
}

std::string htmlText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

json runData(const ReportOptions& options, const PageState& state, const Pace& pace) {
  json notices = json::array();
  for (const PageNotice& notice : state.notices)
    notices.push_back({{"time", notice.time}, {"step", notice.step}, {"text", notice.text}});
  return {{"state", nameOf(state.state)},
          {"started", state.started},
          {"written", state.written},
          {"refreshSeconds", state.refreshSeconds},
          {"epoch", state.last.epoch},
          {"epochs", options.epochs},
          {"step", state.last.step},
          {"steps", pace.steps()},
          {"stepsPerEpoch", options.stepsPerEpoch},
          {"images", state.last.images},
          {"learningRate", state.last.learningRate},
          {"imagesPerSecond", pace.imagesPerSecond()},
          {"secondsPerStep", pace.secondsPerStep()},
          {"secondsLeft", pace.secondsLeft()},
          {"notices", notices},
          {"configuration", options.configuration}};
}

std::string pictureData(const Gallery& gallery) {
  std::string text = R"({"images":{)";
  for (const auto& [number, webp] : gallery.pictures()) {
    const PictureSize size = webpSize(webp).value_or(PictureSize{});
    text += (text.back() == '{' ? "\"" : ",\"") + std::to_string(number) + R"(":{"width":)" +
            std::to_string(size.width) + R"(,"height":)" + std::to_string(size.height) + R"(,"data":")" +
            base64(webp) + "\"}";
  }
  json sets = json::array();
  for (const GallerySet& set : gallery.sets()) {
    json rows = json::array();
    for (const GalleryRow& row : set.rows) rows.push_back({{"name", row.name}, {"cells", row.cells}});
    sets.push_back({{"epoch", set.epoch}, {"step", set.step}, {"rows", rows}});
  }
  return text + R"(},"sets":)" + jsonText(sets) + "}";
}

// Every {{name}} of the template in its place; what is put in is not looked at again.
template <typename ValueOf>
std::string filled(std::string_view text, ValueOf valueOf) {
  std::string result;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const std::size_t open = text.find("{{", at);
    result += text.substr(at, open == std::string_view::npos ? open : open - at);
    if (open == std::string_view::npos) return result;
    const std::size_t close = text.find("}}", open);
    result += valueOf(text.substr(open + 2, close - open - 2));
    at = close + 2;
  }
  return result;
}

}  // namespace

std::string pageText(const ReportOptions& options, const PageState& state, const Pace& pace,
                     const Curves& curves, const Gallery& gallery) {
  return filled(page::html, [&](std::string_view name) -> std::string {
    if (name == "title") return htmlText(printable(options.title, longestTitle));
    if (name == "style") return std::string(page::style);
    if (name == "script") return std::string(page::chartScript) + std::string(page::pageScript);
    if (name == "run") return jsonText(runData(options, state, pace));
    if (name == "curves") return curves.json();
    return pictureData(gallery);
  });
}

}  // namespace cut::trainer
