// SPDX-License-Identifier: MIT
#include "trainer/compare/method_record.hpp"

#include <fstream>
#include <iterator>
#include <span>
#include <system_error>

#include "base/atomic_file.hpp"
#include "cuttranslate/error.hpp"

namespace cut::trainer {

using nlohmann::json;

MethodRecord readRecord(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) throw Error(ErrorKind::io, path.string() + ": cannot be read");
  try {
    const json object = json::parse(text);
    MethodRecord record;
    record.terms = object.at("terms").get<std::vector<std::string>>();
    record.seconds = object.at("seconds").get<double>();
    record.peakBytes = object.at("peak_bytes").get<std::int64_t>();
    record.finished = object.at("finished").get<bool>();
    for (const json& point : object.at("points"))
      record.points.push_back(
          {point.at("at").get<double>(), point.at("steps").get<std::int64_t>(), point.at("evaluation")});
    return record;
  } catch (const json::exception& error) {
    throw Error(ErrorKind::wrongFile, path.string() + ": expected a record of cut-trainer compare: " +
                                          error.what() + "; remove it to train this method anew");
  }
}

void writeRecord(const std::filesystem::path& path, const MethodRecord& record) {
  json points = json::array();
  for (const MeasuredPoint& point : record.points)
    points.push_back({{"at", point.at}, {"steps", point.steps}, {"evaluation", point.evaluation}});
  const json object{{"terms", record.terms},
                    {"seconds", record.seconds},
                    {"peak_bytes", record.peakBytes},
                    {"finished", record.finished},
                    {"points", points}};
  const std::string text = object.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
  writeFileAtomically(path, std::as_bytes(std::span(text)));
}

}  // namespace cut::trainer
