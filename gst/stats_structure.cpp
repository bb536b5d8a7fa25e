#include "stats_structure.hpp"

#include <unistd.h>

#include <cstdio>

namespace cut::gst {
namespace {

// Of the whole process; 0 where the system does not say.
guint64 residentBytes() {
  guint64 total = 0;
  guint64 resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (!file) return 0;
  const int read = std::fscanf(file, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &total, &resident);
  std::fclose(file);
  return read == 2 ? resident * static_cast<guint64>(sysconf(_SC_PAGESIZE)) : 0;
}

void setTime(GstStructure* structure, Stage stage, const char* what, double seconds) {
  g_autofree char* name = g_strdup_printf("%s-%s", nameOf(stage), what);
  gst_structure_set(structure, name, G_TYPE_UINT64, static_cast<guint64>(seconds * GST_SECOND), nullptr);
}

}  // namespace

StructurePtr statsStructure(const TranslateState& state) {
  const Report report = state.statistics().report();
  StructurePtr result(gst_structure_new(
      "cuttranslate-stats", "frames-in", G_TYPE_UINT64, report.in, "frames-out", G_TYPE_UINT64, report.out,
      "frames-translated", G_TYPE_UINT64, report.translated, "frames-passed", G_TYPE_UINT64, report.passed,
      "frames-repeated", G_TYPE_UINT64, report.repeated, "frames-dropped", G_TYPE_UINT64, report.dropped,
      "frames-late", G_TYPE_UINT64, report.late, "frames-failed", G_TYPE_UINT64, report.errors, "fps",
      G_TYPE_DOUBLE, report.framesPerSecond, "latency", G_TYPE_UINT64, state.latency(), "memory-model",
      G_TYPE_UINT64, static_cast<guint64>(state.modelBytes()), "memory-process", G_TYPE_UINT64,
      residentBytes(), nullptr));
  for (const Stage stage : {Stage::wait, Stage::inference, Stage::convert, Stage::total}) {
    const StageTimes& times = report.stages[static_cast<std::size_t>(stage)];
    setTime(result.get(), stage, "mean", times.mean);
    setTime(result.get(), stage, "p50", times.median);
    setTime(result.get(), stage, "p95", times.p95);
    setTime(result.get(), stage, "max", times.max);
  }
  return result;
}

}  // namespace cut::gst
