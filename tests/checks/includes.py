#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may include what (docs/architecture.md), and what may stand nowhere in the tree. Prints TAP."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

STD = set("""algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits
 clocale cmath compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib
 cstring ctime cuchar cwchar cwctype deque exception execution filesystem format forward_list fstream functional future
 initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory memory_resource mutex new
 numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore set shared_mutex
 source_location span sstream stack stdexcept stop_token streambuf string string_view strstream syncstream system_error
 thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector version
 stdlib.h stdint.h stddef.h stdio.h string.h math.h errno.h signal.h
 dlfcn.h elf.h fcntl.h link.h malloc.h poll.h pthread.h sched.h spawn.h unistd.h""".split())

# What an include in angle brackets belongs to; the first that matches. What matches none is refused: add it here.
LIBRARIES = [
    ("std", lambda name: name in STD or name.startswith(("sys/", "linux/", "ext/", "cxxabi"))),
    ("simd", re.compile(r"hwy/|[a-z]*intrin\.h$|arm_neon\.h$|cpuid\.h$|omp\.h$").match),
    ("gst-cuda", re.compile(r"gst/cuda/").match),
    ("glib", re.compile(r"gst/|glib|gio/|gmodule|gobject").match),
    ("torch", re.compile(r"torch/|ATen/|c10/(?!cuda/)|caffe2/").match),
    ("cuda", re.compile(r"c10/cuda/|cuda|cu(blas|dnn|fft|rand|solver|sparse)|nccl|nvrtc|nvtx|mma\.h|cooperative_groups|cub/").match),
    ("opencv", re.compile(r"opencv").match),
    ("libav", re.compile(r"lib(av|sw)").match),
    ("mpi", re.compile(r"mpi\.h").match),
    ("zip", re.compile(r"(zip|zlib)\.h$").match),
    ("json", re.compile(r"nlohmann/").match),
    ("pictures", re.compile(r"(png|jpeglib|jerror)\.h$").match),
    ("image-formats", re.compile(r"tiffio\.h$|webp/|gif_lib\.h$").match),
    ("cli", re.compile(r"CLI/").match),
    ("toml", re.compile(r"toml\+\+/").match),
    ("gtest", re.compile(r"gtest/|gmock/|benchmark/").match),
]

# Folder: what its files may include besides their own folder. `cut` is libcuttranslate's public interface, model/include.
# The longest folder that fits counts. Tests may include anything.
MAY_INCLUDE = {
    "model/include": {"std", "cut"},
    "model/base": {"std", "cut"},
    "model/arch": {"std", "cut", "model/base"},
    "model/formats": {"std", "cut", "zip", "json", "model/base", "model/arch"},
    "model/runtime": {"std", "cut", "model/base", "model/arch", "model/formats"},
    "model/unwinder": {"std"},
    "model/pictures": {"std", "cut", "pictures"},
    "model/tool": {"std", "cut", "model/base", "model/arch", "model/formats", "model/pictures", "json", "cli"},
    "model/backends/cpu": {"std", "cut", "simd", "model/arch", "model/runtime", "model/kernels"},
    "model/kernels": {"std", "cut", "simd"},
    "model/backends/cuda": {"std", "cut", "cuda"},
    # The fused norm's kernels are raw pointers and strides: no way for anything else to come in.
    "model/nets": {"std", "cut", "torch", "model/base", "model/arch", "model/formats", "model/kernels"},
    "model/backends/torch/device": {"std", "cut", "torch", "cuda", "model/nets", "model/backends/cuda"},
    "model/backends/torch": {"std", "cut", "torch", "cuda", "model"},
    "gst": {"std", "cut", "glib", "gst-cuda"},
    "trainer/options": {"std", "cut", "toml", "model/base", "model/nets/training_enums.hpp", "trainer/data", "trainer/schedule"},
    "trainer": {"std", "cut", "torch", "opencv", "json", "model/base", "model/arch", "model/formats", "model/nets", "model/backends/torch/device"},
    "trainer/data": {"std", "cut", "opencv", "image-formats", "libav", "model/pictures"},
    "trainer/report": {"std", "cut", "opencv", "json", "model/base", "trainer/data"},
    "trainer/translate": {"std", "cut", "opencv", "libav", "model/base", "trainer/data", "trainer/options"},
    "pipelines": {"std", "cut", "glib", "opencv"},
}

# The rules themselves, tried on what they must refuse.
MUST_REFUSE = [
    ("gst/caps.cpp", "torch/torch.h"), ("gst/caps.cpp", "cuda_runtime.h"), ("gst/caps.cpp", "opencv2/core.hpp"),
    ("gst/caps.cpp", "runtime/module.hpp"), ("gst/caps.cpp", "some/library.h"), ("model/runtime/worker.cpp", "ATen/ATen.h"),
    ("model/runtime/worker.cpp", "glib.h"), ("model/include/cuttranslate/spec.hpp", "nlohmann/json.hpp"),
    ("model/kernels/image/pixels.cpp", "c10/util/Exception.h"),
    ("model/kernels/image/pixels.cpp", "runtime/module.hpp"), ("model/backends/cpu/cpu_session.cpp", "ATen/ATen.h"),
    ("model/backends/cuda/norm.cu", "torch/torch.h"),
    ("model/nets/layers.cpp", "cuda_runtime.h"), ("model/nets/layers.cpp", "runtime/module.hpp"),
    ("model/backends/torch/torch_module.cpp", "gst/gst.h"), ("trainer/loop.cpp", "gst/gst.h"), ("trainer/loop.cpp", "runtime/module.hpp"),
    ("trainer/options/values.cpp", "ATen/ATen.h"), ("trainer/options/values.cpp", "opencv2/core.hpp"),
    ("trainer/report/page.cpp", "torch/torch.h"), ("trainer/translate/translation_jobs.cpp", "ATen/ATen.h"),
    ("trainer/data/picture.cpp", "torch/torch.h"), ("trainer/data/image_file.cpp", "glib.h"), ("model/tool/frame_files.cpp", "tiffio.h"),
    ("trainer/report/page.cpp", "libavcodec/avcodec.h"), ("trainer/evaluate/evaluate.cpp", "libavformat/avformat.h"),
    ("model/unwinder/resume.cpp", "cuttranslate/error.hpp"),
]

# Every file under these is in a folder of the table.
OURS = ["gst", "model", "pipelines", "trainer"]

# Words put together here, so that this file does not hold them.
FORBIDDEN = {
    "no file leaves work for later": r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b",
    "no path of one machine": r"(?<![\w.$}~*/-])/(" + "|".join(["ho" + "me/", "ro" + "ot/", "wo" + "rk/"]) + ")",
    "no package registry by its host name": "|".join(["py" + r"pi\.org", "python" + r"hosted\.", "deb\\." + r"debian\."]),
}


def files(*patterns):
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--",
                             *patterns], capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for path in map(pathlib.PurePosixPath, listed) if (ROOT / path).is_file()]


def folder_of(path):
    fitting = [folder for folder in MAY_INCLUDE if path.is_relative_to(folder)]
    return max(fitting, key=len, default=None)


def subject(path, name, project_files):
    """What an include names: `cut`, a file of the project, a library, or nothing known."""
    if name.startswith("cuttranslate/"):
        return "cut"
    # Meson's include directories: the file's own folder, its program's, model/ and model/runtime.
    for base in [path.parent, *path.parent.parents, pathlib.PurePosixPath("model"), pathlib.PurePosixPath("model/runtime")]:
        for candidate in (base / name, base / (name + ".in")):
            if candidate in project_files:
                return candidate
    return next((library for library, belongs in LIBRARIES if belongs(name)), None)


def allowed(folder, what):
    if what is None:
        return False
    if isinstance(what, pathlib.PurePosixPath):
        return any(what.is_relative_to(other) for other in MAY_INCLUDE[folder] | {folder})
    return what in MAY_INCLUDE[folder]


def includes(path):
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1)


def violations(sources, project_files):
    for path in sources:
        folder = folder_of(path)
        for number, name in includes(path) if folder else []:
            what = subject(path, name, project_files)
            if not allowed(folder, what):
                yield folder, f"{path}:{number}: includes {name} ({what or 'of no library known to this check'})"


def without_rules(sources):
    return [f"{path} is in no folder of MAY_INCLUDE" for path in sources if path.parts[0] in OURS and folder_of(path) is None]


def differences_from_the_docs():
    """Folders that only one of MAY_INCLUDE and the table in docs/architecture.md has."""
    rows = re.findall(r"^\| (`[^|]+`) \|(?=[^|]*\|[^|]*\|$)", (ROOT / "docs/architecture.md").read_text(encoding="utf-8"), re.M)
    documented = {folder for row in rows for folder in re.findall(r"`([^`]+)`", row)}
    return [f"{folder} is in one of MAY_INCLUDE and docs/architecture.md only" for folder in sorted(documented ^ set(MAY_INCLUDE))]


def not_refused(project_files):
    paths = [(pathlib.PurePosixPath(path), name) for path, name in MUST_REFUSE]
    nowhere = pathlib.PurePosixPath("model/new_room/file.cpp")
    return [f"{path} may include {name}" for path, name in paths
            if allowed(folder_of(path), subject(path, name, project_files))] + \
        ([] if without_rules([nowhere]) else [f"{nowhere} needs no rule"])


def gst_cuda_users(sources):
    return [str(path) for path in sources if path.is_relative_to("gst") and any(
        name.startswith("gst/cuda/") for _, name in includes(path))]


def mentions(pattern):
    for path in files():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a clip, weights
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(pattern, line):
                yield f"{path}:{number}: {line.strip()[:120]}"


def exported_elsewhere(sources):
    """CUT_API outside the public headers; a module's entry point is extern "C"."""
    return [f"{path}: {line.strip()[:100]}" for path in sources if path.parts[0] == "model" and not path.is_relative_to("model/include")
            for line in (ROOT / path).read_text(encoding="utf-8").splitlines() if "CUT_API" in line and 'extern "C"' not in line]


def without_licence(sources):
    """Sources whose first lines, behind a script's #!, do not name the licence as SPDX has it."""
    return [f"{path} does not begin with SPDX-License-Identifier: MIT" for path in sources
            if not re.match(r"(#!.*\n)?(//|#) SPDX-License-Identifier: MIT\n", (ROOT / path).read_text(encoding="utf-8"))]


def report(number, name, problems):
    print(f"{'not ok' if problems else 'ok'} {number} {name}")
    for problem in problems:
        print(f"# {problem}")


def main():
    sources = files("*.cpp", "*.hpp", "*.c", "*.h", "*.cu", "*.cuh", "*.hpp.in")
    found = list(violations(sources, set(sources)))
    checks = [(f"{folder} includes only what it may", [text for where, text in found if where == folder])
              for folder in sorted(MAY_INCLUDE) if any(folder_of(path) == folder for path in sources)]
    checks.append(("the rules refuse what they are for", not_refused(set(sources))))
    checks.append(("every file of ours is under a rule", without_rules(sources)))
    checks.append(("public headers alone export names", exported_elsewhere(sources)))
    checks.append(("every source names its licence", without_licence(
        sources + files("*.sh", "*.py", "*meson.build", "*meson_options.txt"))))
    checks.append(("the table in docs/architecture.md has the same folders", differences_from_the_docs()))
    users = gst_cuda_users(sources)
    checks.append(("gstreamer-cuda is included in one file at most", users if len(users) > 1 else []))
    checks += [(name, list(mentions(pattern))) for name, pattern in FORBIDDEN.items()]
    print(f"1..{len(checks)}")
    for number, (name, problems) in enumerate(checks, 1):
        report(number, name, problems)
    return 0


if __name__ == "__main__":
    sys.exit(main())
