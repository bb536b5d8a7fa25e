#!/usr/bin/env python3
"""clang-tidy over what includes no torch and no CUDA: tidy.py BUILD-FOLDER [WORD...]. Prints TAP.

A file that had nothing to complain about is not looked at again until it, a header that it includes, its options or .clang-tidy
changes; BUILD-FOLDER/tidy-cache remembers that.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def commands(build):
    """Each of the project's own translation units: file and compile arguments, those with torch or CUDA left out."""
    seen = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(os.path.normpath(pathlib.Path(entry["directory"]) / entry["file"]))
        arguments = shlex.split(entry["command"])
        foreign = path.suffix == ".cu" or any(re.search(r"torch/csrc|/usr/local/cuda|nvidia/cu\d", word) for word in arguments)
        # subprojects/ and generated files are not ours to tidy; a file compiled twice is looked at once.
        if not foreign and path.is_relative_to(ROOT) and not path.is_relative_to(build) and path not in seen:
            seen[path] = (pathlib.Path(entry["directory"]), arguments)
    return seen


def fingerprint(path, directory, arguments):
    """Of everything the verdict depends on: the preprocessed text, the options and the rules."""
    words = [word for word in arguments if word != "-c"]
    if "-o" in words:
        at = words.index("-o")
        del words[at:at + 2]
    if words and words[0].endswith("ccache"):
        words = words[1:]
    text = subprocess.run([*words, "-E", "-P", "-MT", "x"], cwd=directory, capture_output=True, check=False).stdout
    # Comments count: one may switch a warning off.
    digest = hashlib.sha256(text)
    digest.update(path.read_bytes())
    digest.update(" ".join(words).encode())
    digest.update((ROOT / ".clang-tidy").read_bytes())
    return digest.hexdigest()


def tidy(build, path, directory, arguments):
    """What clang-tidy says about one file; empty where it is content."""
    cache = build / "tidy-cache"
    key = cache / fingerprint(path, directory, arguments)
    if key.exists():
        return ""
    dropped = [f"--extra-arg=-Wno-{what}" for what in ("unknown-warning-option", "unused-command-line-argument")]
    done = subprocess.run(["clang-tidy", "--quiet", f"--header-filter=^{ROOT}/", "-p", str(build), *dropped, str(path)],
                          capture_output=True, text=True, check=False)
    if done.returncode == 0:
        cache.mkdir(exist_ok=True)
        key.touch()
        return ""
    return done.stdout or done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, metavar="BUILD-FOLDER", help="with a compile_commands.json")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only files whose path contains all of them")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    units = {path: how for path, how in commands(build).items() if all(word in str(path) for word in arguments.words)}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [said for said in pool.map(lambda unit: tidy(build, unit[0], *unit[1]), units.items()) if said]
    print(f"1..1\n{'not ok' if complaints or not units else 'ok'} 1 clang-tidy is content with {len(units)} files")
    for line in "\n".join(complaints).splitlines():
        print(f"# {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
