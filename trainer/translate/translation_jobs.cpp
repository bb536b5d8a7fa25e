#include "trainer/translate/translation_jobs.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <system_error>

#include "cuttranslate/error.hpp"
#include "trainer/data/domain.hpp"
#include "trainer/translate/image_writer.hpp"
#include "trainer/translate/video_encoder.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void misuse(const std::string& sentence) {
  throw Error(ErrorKind::invalidArgument, sentence);
}

bool isFolder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool isSame(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

bool isPlanned(const fs::path& path) {
  return isImageName(path) || isVideoName(path) || !unsupportedImageFormat(path).empty();
}

Job::Kind kindOf(const fs::path& path) {
  return isVideoName(path) ? Job::Kind::video : Job::Kind::image;
}

const char* newSuffix(const fs::path& path) {
  if (kindOf(path) == Job::Kind::image) return ".png";
  return isWritableVideoName(path) ? nullptr : ".mp4";
}

fs::path renamed(fs::path name) {
  if (const char* suffix = newSuffix(name)) name.replace_extension(suffix);
  return name;
}

// Images and videos below the folder, sorted by whole paths, without what is hidden. An image of a format
// that is not read is among them: translating says so. An output folder inside is left out: what an earlier
// run wrote is no input. Links to folders are not followed: they may lead round in circles.
std::vector<fs::path> filesBelow(const fs::path& folder, const fs::path& output) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::recursive_directory_iterator it(folder, failure), end; !failure && it != end;
       it.increment(failure)) {
    std::error_code ignored;
    const bool hidden = isHiddenName(it->path());
    if (it->is_directory(ignored)) {
      if (hidden || isSame(it->path(), output)) it.disable_recursion_pending();
    } else if (!hidden && it->is_regular_file(ignored) && isPlanned(it->path())) {
      files.push_back(it->path());
    }
  }
  if (failure)
    throw Error(ErrorKind::io, folder.string() + ": the folder cannot be searched: " + failure.message());
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return files;
}

std::vector<Job> planFolder(const PlanQuery& query) {
  std::error_code ignored;
  if (fs::exists(query.output, ignored) && !isFolder(query.output))
    misuse(query.output.string() + ": expected a folder, since " + query.input.string() + " is one");
  if (isSame(query.input, query.output))
    misuse(query.output.string() + ": expected another folder than the input's");
  const std::vector<fs::path> files = filesBelow(query.input, query.output);
  if (files.empty())
    throw Error(ErrorKind::wrongFile, query.input.string() + ": expected images (" +
                                          std::string(readableFormats) +
                                          ") or videos in this folder and its subfolders, found none");
  std::map<fs::path, int> takers;
  for (const fs::path& file : files) ++takers[renamed(file.lexically_relative(query.input))];
  std::vector<Job> jobs;
  for (const fs::path& file : files) {
    fs::path name = renamed(file.lexically_relative(query.input));
    if (takers[name] > 1) name.replace_filename(file.filename().string() + name.extension().string());
    jobs.push_back({kindOf(file), file, query.output / name});
  }
  return jobs;
}

std::vector<Job> planFile(const PlanQuery& query) {
  if (!isPlanned(query.input))
    throw Error(ErrorKind::wrongFile, query.input.string() + ": expected an image (" +
                                          std::string(readableFormats) +
                                          "), a video (mp4, mkv, webm, avi, mov, ...) or a folder of them");
  const Job::Kind kind = kindOf(query.input);
  if (isFolder(query.output) || query.output.filename().empty())
    return {{kind, query.input, query.output / renamed(query.input.filename())}};
  if (kind == Job::Kind::image && !isWritableImageName(query.output))
    misuse(query.output.string() +
           ": expected a name that ends in png, jpg, ppm, bmp, tiff or webp, or a folder that is there");
  if (kind == Job::Kind::video && !isWritableVideoName(query.output))
    misuse(query.output.string() +
           ": expected a name that ends in mp4, m4v, mov, mkv, webm or avi, or a folder that is there");
  return {{kind, query.input, query.output}};
}

// Links and hard links lead to the same file under other names.
void refuseLosses(const std::vector<Job>& jobs, bool overwrite) {
  std::set<fs::path> inputs;
  std::error_code ignored;
  for (const Job& job : jobs) inputs.insert(fs::weakly_canonical(job.from, ignored));
  for (const Job& job : jobs) {
    if (!fs::exists(job.to, ignored)) continue;
    if (isSame(job.from, job.to) || inputs.contains(fs::weakly_canonical(job.to, ignored)))
      misuse(job.to.string() +
             ": is an input itself, and inputs are never overwritten; choose another output");
    if (!overwrite) misuse(job.to.string() + ": is there already; choose another output, or say --overwrite");
  }
}

}  // namespace

std::vector<Job> planTranslation(const PlanQuery& query) {
  std::error_code ignored;
  if (!fs::exists(query.input, ignored))
    throw Error(ErrorKind::notFound,
                query.input.string() + ": there is no such image, video or folder to translate");
  if (query.output.empty()) misuse("expected a name for the output");
  std::vector<Job> jobs = isFolder(query.input) ? planFolder(query) : planFile(query);
  refuseLosses(jobs, query.overwrite);
  return jobs;
}

}  // namespace cut::trainer
