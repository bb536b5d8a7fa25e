# SPDX-License-Identifier: MIT
"""Checks of a Python test, told in TAP (testanything.org), as Meson and tests/run.sh count them."""
import pathlib
import tempfile
import traceback


def check_all(checks):
    """Runs (name, check) in turn. A check fails by an exception; what it returns is why it is skipped, or None."""
    print(f"1..{len(checks)}", flush=True)
    for number, (name, check) in enumerate(checks, 1):
        try:
            why = check()
            print(f"ok {number} {name}" + (f" # SKIP {why}" if why else ""), flush=True)
        except Exception:  # pylint: disable=broad-except
            print(f"not ok {number} {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)


def in_a_folder(check):
    """`check` with a temporary folder, a pathlib.Path, for its argument."""
    def run():
        with tempfile.TemporaryDirectory() as folder:
            return check(pathlib.Path(folder))
    return run
