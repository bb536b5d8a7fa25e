#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks count.py against stand-ins for tests of every kind and end, run by Meson. Prints TAP."""
import pathlib
import subprocess
import sys
import tempfile

COUNT = pathlib.Path(__file__).with_name("count.py")
RECORD = "next(word for word in sys.argv if word.startswith('--gtest_output')).partition('xml:')[2]"

# A program that does what GoogleTest does: says each case, and writes its record at the end unless it died before.
GTEST = """
import os, sys, time
def case(name, end="OK"):
    print(f"[ RUN      ] S.{name}", flush=True)
    if end: print(f"[ {end:>8} ] S.{name} (0 ms)", flush=True)
def record(*cases):
    body = "".join(f'<testcase name="{name}" classname="S" status="{status}">{inside}</testcase>' for name, status, inside in cases)
    open(""" + RECORD + """, "w").write(f'<testsuites><testsuite name="S">{body}</testsuite></testsuites>')
"""
GOOD = 'record(("a", "run", ""), ("b", "run", ""))\n'

# name: (protocol, program, the line that count.py must end with)
STAND_INS = {
    "gtest_all_pass": ("gtest", GTEST + GOOD, "2 passed, 0 failed"),
    "gtest_skips": ("gtest", GTEST + 'record(("a", "run", "<skipped/>"), ("b", "notrun", ""), ("c", "run", ""))',
                    "1 passed, 0 failed, 2 skipped"),
    "gtest_one_fails": ("gtest", GTEST + 'record(("a", "run", ""), ("b", "run", "<failure>no</failure>")); sys.exit(1)',
                        "1 passed, 1 failed"),
    "gtest_crashes": ("gtest", GTEST + 'case("a"); case("b", None); os.abort()', "1 passed, 1 failed"),
    "gtest_crashes_at_exit": ("gtest", GTEST + GOOD + 'case("a"); case("b"); os.abort()', "2 passed, 1 failed"),
    "gtest_crashes_beside_an_old_record": ("gtest", GTEST + GOOD + 'case("a", None); os.abort()', "0 passed, 1 failed"),
    "gtest_dies_before_its_first_case": ("gtest", "raise SystemExit(127)", "0 passed, 1 failed"),
    "gtest_runs_out_of_time": ("gtest", GTEST + 'case("a"); case("b", None); time.sleep(60)', "1 passed, 1 failed"),
    "gtest_writes_half_a_record": ("gtest", GTEST + "open(" + RECORD + ', "w").write("<testsuites><tes")\ncase("a", None)\nos.abort()',
                                   "0 passed, 1 failed"),
    "tap_mixed": ("tap", "print('1..4\\nok 1 a\\nnot ok 2 b\\nok 3 c # SKIP no card\\nok 4 d')", "2 passed, 1 failed, 1 skipped"),
    "tap_dies_early": ("tap", "print('1..2\\nok 1 a', flush=True)\nimport os\nos.abort()", "1 passed, 1 failed"),
    "tap_says_nothing": ("tap", "", "0 passed, 1 failed"),
    "tap_skips_all": ("tap", "print('1..0 # SKIP no compiler')", "0 passed, 0 failed, 1 skipped"),
    "plain_passes": ("exitcode", "", "1 passed, 0 failed"),
    "plain_fails": ("exitcode", "raise SystemExit(3)", "0 passed, 1 failed"),
    "plain_skips": ("exitcode", "raise SystemExit(77)", "0 passed, 0 failed, 1 skipped"),
    "empty_gtest_is_no_case": ("gtest", GTEST + "record()", "0 passed, 0 failed"),
}


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


def count(name, protocol, program):
    """The last line and the exit status of count.py after Meson ran one stand-in in a project of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        source = pathlib.Path(scratch)
        build = source / "build"
        (source / "program.py").write_text(program)
        (source / "meson.build").write_text(
            f"project('standin')\ntest('{name}', find_program('python3'), args: files('program.py'), "
            f"protocol: '{protocol}', timeout: 2, suite: 'any')\n")
        run("meson", "setup", build, source)
        status = run("meson", "test", "-C", build).returncode
        counted = run(sys.executable, COUNT, f"{build}={status}")
        return (counted.stdout.rstrip().splitlines() or [counted.stderr])[-1], counted.returncode


def no_build():
    counted = run(sys.executable, COUNT, "--failed", "the build")
    return counted.stdout.rstrip().splitlines()[-1], counted.returncode


def main():
    print(f"1..{len(STAND_INS) + 1}")
    results = [(name, count(name, protocol, program), expected) for name, (protocol, program, expected) in STAND_INS.items()]
    results.append(("a_build_that_fails", no_build(), "0 passed, 1 failed"))
    for number, (name, (line, status), expected) in enumerate(results, 1):
        right = line == expected and (status == 0) == (" 0 failed" in expected)
        print(f"{'ok' if right else 'not ok'} {number} {name}")
        if not right:
            print(f"# expected `{expected}`, got `{line}` and status {status}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
