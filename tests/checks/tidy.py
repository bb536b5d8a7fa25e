#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-tidy over what includes no CUDA: tidy.py [--changed] [--torch] BUILD-FOLDER [WORD...]. Prints TAP.

With --changed over what changed since the last landing: sources, and for each header that changed one of those that include it.
With --torch over what includes torch too, which takes twenty seconds a file instead of six.
A file that had nothing to complain about is not looked at again until it, a header that it includes, its options or .clang-tidy
changes; BUILD-FOLDER/tidy-cache remembers that.
"""
import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

MOST = 40  # changed files that --changed looks at: each takes a processor some six seconds
SESSION = 8 * 3600  # seconds: commits that are not further apart landed together
ROOT = pathlib.Path(__file__).resolve().parents[2]


def commands(build, with_torch=False):
    """Each of the project's own translation units: file and compile arguments, those with CUDA or torch left out."""
    left_out = r"/usr/local/cuda|nvidia/cu\d" + ("" if with_torch else "|torch/csrc")
    seen = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(os.path.normpath(pathlib.Path(entry["directory"]) / entry["file"]))
        arguments = shlex.split(entry["command"])
        foreign = path.suffix != ".cpp" or any(re.search(left_out, word) for word in arguments)
        # subprojects/ and generated files are not ours to tidy; a file compiled twice is looked at once.
        if not foreign and path.is_relative_to(ROOT) and not path.is_relative_to(build) and path not in seen:
            seen[path] = entry
    return seen


def dependencies(build):
    """What each object was made from, as the compiler told Ninja: object path to the headers and the source."""
    told = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True, check=False).stdout
    found, current = {}, None
    for line in told.splitlines():
        if line.startswith("    "):
            current.append(line.strip())
        elif ": #deps" in line:
            current = found.setdefault(line.partition(": #deps")[0], [])
    return found


@functools.cache
def state(path):
    """Our own files by their content, for a checkout changes their times; the system's by size and time."""
    if not path.exists():
        return "gone"
    if path.is_relative_to(ROOT):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    about = path.stat()
    return f"{about.st_size} {about.st_mtime_ns}"


def fingerprint(build, entry, files):
    """Of everything the verdict depends on: the files that are read, the options and the rules."""
    digest = hashlib.sha256(entry["command"].encode())
    for path in sorted({pathlib.Path(os.path.normpath(build / name)) for name in files}
                       | {ROOT / ".clang-tidy", pathlib.Path(shutil.which("clang-tidy")).resolve()}):
        digest.update(f"{path} {state(path)}\n".encode())
    return digest.hexdigest()


def git(*words):
    """What git says, or nothing where it fails: no repository, a shallow clone, no such branch."""
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def last_landing():
    """The commit from which this branch left its upstream. Where it did not, HEAD has landed, with others of that working day: the
    newest commit before that. Nothing where the history does not go back so far."""
    head = git("rev-parse", "HEAD")
    for upstream in ("@{upstream}", "origin/HEAD", "origin/main"):
        base = git("merge-base", "HEAD", upstream)
        if base and base != head:
            return base
    time = git("show", "--no-patch", "--format=%ct", "HEAD")
    return git("rev-list", "--max-count=1", f"--before={int(time) - SESSION}", "HEAD") if time else ""


def changed_since(landing):
    """The files that differ from that commit, in the checkout too, the last to change first; a file that only moved does not."""
    names = git("ls-files", "--others", "--exclude-standard").splitlines() + git("diff", "--name-only", "HEAD").splitlines()
    names += git("log", "--name-only", "--format=", f"{landing}..HEAD").splitlines()
    differ = set(git("ls-files", "--others", "--exclude-standard").splitlines())
    for line in git("diff", "--name-status", "--find-renames", "--diff-filter=d", landing).splitlines():
        status, *paths = line.split("\t")
        if status != "R100":
            differ.add(paths[-1])
    return [ROOT / name for name in dict.fromkeys(names) if name in differ]


def touched(build, units, known):
    """Those of the units that changed, and for each changed header one that includes it: its own source, or the smallest."""
    landing = last_landing()
    if not landing:
        return units, "files, all, for git tells of no landing before"
    changed = changed_since(landing)
    if ROOT / ".clang-tidy" in changed:
        return units, "files, all, for the rules changed"
    reads = {path: {pathlib.Path(os.path.normpath(build / name)) for name in known.get(entry["output"], [])}
             for path, entry in units.items()}
    chosen = dict.fromkeys(path for path in changed if path in units)
    for header in changed:
        users = [path for path in units if header in reads[path]]
        if users and not any(header in reads[path] for path in chosen):
            chosen[min(users, key=lambda path: (path.stem != header.stem, len(reads[path]), path))] = None
    newest = list(chosen)[:MOST]
    left = f"; tests/run.sh --full looks at {len(chosen) - MOST} more" if len(chosen) > MOST else ""
    return {path: units[path] for path in newest}, f"files that changed since {landing[:10]}{left}"


def without_precompiled(build):
    """A folder with the build's compile commands, less the precompiled headers: they are the compiler's own, and clang reads none."""
    folder = build / "tidy-commands"
    folder.mkdir(exist_ok=True)
    entries = json.loads((build / "compile_commands.json").read_text())
    for entry in entries:
        entry["command"] = re.sub(r" -include \S*_pch\.hpp", "", entry["command"])
    (folder / "compile_commands.json").write_text(json.dumps(entries))
    return folder


def tidy(database, path, key):
    """What clang-tidy says about one file; empty where it is content. `key` is where that is remembered, None: nowhere."""
    if key and key.exists():
        return ""
    dropped = [f"--extra-arg=-Wno-{what}" for what in ("unknown-warning-option", "unused-command-line-argument")]
    done = subprocess.run(["clang-tidy", "--quiet", f"--header-filter=^{ROOT}/", "-p", str(database), *dropped, str(path)],
                          capture_output=True, text=True, check=False)
    if done.returncode == 0:
        if key:
            key.touch()
        return ""
    return done.stdout or done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changed", action="store_true", help="only what changed since the last landing")
    parser.add_argument("--torch", action="store_true", help="what includes torch too")
    parser.add_argument("build", type=pathlib.Path, metavar="BUILD-FOLDER", help="with a compile_commands.json")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only files whose path contains all of them")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    units = {path: entry for path, entry in commands(build, arguments.torch).items() if all(word in str(path) for word in arguments.words)}
    known = dependencies(build)
    which = "files"
    if arguments.changed:
        units, which = touched(build, units, known)
    cache = build / "tidy-cache"
    cache.mkdir(exist_ok=True)
    keys = {path: cache / fingerprint(build, entry, known[entry["output"]]) if entry["output"] in known else None
            for path, entry in units.items()}
    database = without_precompiled(build)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [said for said in pool.map(lambda unit: tidy(database, *unit), keys.items()) if said]
    fine = not complaints and (units or arguments.changed)
    print(f"1..1\n{'ok' if fine else 'not ok'} 1 clang-tidy is content with {len(units)} {which}")
    for line in "\n".join(complaints).splitlines():
        print(f"# {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
