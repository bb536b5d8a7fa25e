// SPDX-License-Identifier: MIT
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

[[noreturn]] void throwInvalid(const std::string& message) {
  throw Error(ErrorKind::invalidArgument, message);
}

bool isFolder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool isSame(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

bool isTranslatable(const fs::path& path) {
  return isImageName(path) || isVideoName(path) || !unsupportedImageFormat(path).empty();
}

Job::Kind kindOf(const fs::path& path) {
  return isVideoName(path) ? Job::Kind::video : Job::Kind::image;
}

const char* outputSuffix(const fs::path& path) {
  if (kindOf(path) == Job::Kind::image) return ".png";
  return isWritableVideoName(path) ? nullptr : ".mp4";
}

fs::path outputName(fs::path name) {
  if (const char* suffix = outputSuffix(name)) name.replace_extension(suffix);
  return name;
}

// Images and videos below the folder, sorted by whole paths, without hidden ones. Images of unsupported
// formats are included, so that translating them reports an error. The output folder is left out, because its
// files are results of an earlier run. Links to folders are not followed: they may form cycles.
std::vector<fs::path> filesBelow(const fs::path& folder, const fs::path& output) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::recursive_directory_iterator it(folder, failure), end; !failure && it != end;
       it.increment(failure)) {
    std::error_code ignored;
    const bool hidden = isHiddenName(it->path());
    if (it->is_directory(ignored)) {
      if (hidden || isSame(it->path(), output)) it.disable_recursion_pending();
    } else if (!hidden && it->is_regular_file(ignored) && isTranslatable(it->path())) {
      files.push_back(it->path());
    }
  }
  if (failure)
    throw Error(ErrorKind::io, folder.string() + ": the folder cannot be searched: " + failure.message());
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return files;
}

std::vector<Job> planFolder(const JobQuery& query) {
  std::error_code ignored;
  if (fs::exists(query.output, ignored) && !isFolder(query.output))
    throwInvalid(query.output.string() + ": expected a folder, since " + query.input.string() + " is one");
  if (isSame(query.input, query.output))
    throwInvalid(query.output.string() + ": expected another folder than the input's");
  const std::vector<fs::path> files = filesBelow(query.input, query.output);
  if (files.empty())
    throw Error(ErrorKind::wrongFile, query.input.string() + ": expected images (" +
                                          std::string(readableFormats) +
                                          ") or videos in this folder and its subfolders, found none");
  std::map<fs::path, int> nameCounts;
  for (const fs::path& file : files) ++nameCounts[outputName(file.lexically_relative(query.input))];
  std::vector<Job> jobs;
  for (const fs::path& file : files) {
    fs::path name = outputName(file.lexically_relative(query.input));
    if (nameCounts[name] > 1) name.replace_filename(file.filename().string() + name.extension().string());
    jobs.push_back({kindOf(file), file, query.output / name});
  }
  return jobs;
}

std::vector<Job> planFile(const JobQuery& query) {
  if (!isTranslatable(query.input))
    throw Error(ErrorKind::wrongFile, query.input.string() + ": expected an image (" +
                                          std::string(readableFormats) +
                                          "), a video (mp4, mkv, webm, avi, mov, ...) or a folder of them");
  const Job::Kind kind = kindOf(query.input);
  if (isFolder(query.output) || query.output.filename().empty())
    return {{kind, query.input, query.output / outputName(query.input.filename())}};
  if (kind == Job::Kind::image && !isWritableImageName(query.output))
    throwInvalid(query.output.string() +
                 ": expected a name that ends in png, jpg, ppm, bmp, tiff or webp, or an existing folder");
  if (kind == Job::Kind::video && !isWritableVideoName(query.output))
    throwInvalid(query.output.string() +
                 ": expected a name that ends in mp4, m4v, mov, mkv, webm or avi, or an existing folder");
  return {{kind, query.input, query.output}};
}

// Compared by canonical path, because links are other names of the same file.
void checkOverwrites(const std::vector<Job>& jobs, bool overwrite) {
  std::set<fs::path> inputs;
  std::error_code ignored;
  for (const Job& job : jobs) inputs.insert(fs::weakly_canonical(job.input, ignored));
  for (const Job& job : jobs) {
    if (!fs::exists(job.output, ignored)) continue;
    if (isSame(job.input, job.output) || inputs.contains(fs::weakly_canonical(job.output, ignored)))
      throwInvalid(job.output.string() +
                   ": is an input itself, and inputs are never overwritten; choose another output");
    if (!overwrite)
      throwInvalid(job.output.string() + ": exists already; choose another output, or pass --overwrite");
  }
}

}  // namespace

std::vector<Job> planJobs(const JobQuery& query) {
  std::error_code ignored;
  if (!fs::exists(query.input, ignored))
    throw Error(ErrorKind::notFound,
                query.input.string() +
                    ": expected an image, a video or a folder to translate, but it does not exist");
  if (query.output.empty()) throwInvalid("expected a name for the output");
  std::vector<Job> jobs = isFolder(query.input) ? planFolder(query) : planFile(query);
  checkOverwrites(jobs, query.overwrite);
  return jobs;
}

}  // namespace cut::trainer
