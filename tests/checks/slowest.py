#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The slowest steps of a run: slowest.py SINCE BUILD-FOLDER... What Ninja made and what Meson tested there after SINCE, a time in seconds."""
import json
import pathlib
import sys

MOST = 10


def made(folder, since):
    """From Ninja's log: start and end in milliseconds, the time of what was made in nanoseconds, and its name."""
    log = folder / ".ninja_log"
    for line in log.read_text().splitlines()[1:] if log.exists() else []:
        start, end, time, name = line.split("\t")[:4]
        if int(time) / 1e9 >= since:
            yield (int(end) - int(start)) / 1000, f"{folder.name}: {name}"


def tested(folder, since):
    log = folder / "meson-logs" / "testlog.json"
    for line in log.read_text(errors="replace").splitlines() if log.exists() else []:
        try:
            record = json.loads(line)
        except json.JSONDecodeError:  # cut short where Meson itself was ended
            return
        if record["starttime"] >= since:
            yield record["duration"], f"{folder.name}: test {record['name'].split(' / ')[-1]}"


def main():
    since = float(sys.argv[1])
    folders = [pathlib.Path(name) for name in sys.argv[2:]]
    steps = [step for folder in folders for of in (made, tested) for step in of(folder, since)]
    print(f"\nThe {MOST} slowest steps, in seconds:")
    for seconds, name in sorted(steps, reverse=True)[:MOST]:
        print(f"{seconds:7.1f}  {name}")


if __name__ == "__main__":
    main()
