#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts what Meson ran, case by case, and ends with the line `N passed, N failed` (`, N skipped`).

Meson counts programs; we count GoogleTest cases and TAP checks, from testlog.junit.xml. A program that crashed or ran out of
time has no such record, or an incomplete one: testlog.json tells, and it counts as at least one failure.
"""
import argparse
import json
import pathlib
import re
import sys
import typing
import xml.etree.ElementTree as ElementTree

TAIL_LINES = 30  # of a failed case's output, shown before the last line
BAD = {"FAIL", "TIMEOUT", "INTERRUPT", "ERROR", "UNEXPECTEDPASS"}


class Case(typing.NamedTuple):
    name: str
    outcome: str  # passed, failed, skipped
    output: str


def tail(text):
    return "\n".join(text.rstrip().splitlines()[-TAIL_LINES:])


def case_of(element, program, output):
    """One <testcase>. A disabled GoogleTest case has the status `notrun`: a skip that should be seen."""
    name = f"{program}: {element.get('name')}"
    if element.get("classname", "").split(".")[-1] != program:
        name = f"{program}: {element.get('classname')}.{element.get('name')}"
    bad = element.findall("failure") + element.findall("error")
    if bad:
        text = "\n".join(filter(None, (found.text or found.get("message") for found in bad)))
        return Case(name, "failed", text or output)
    skipped = element.find("skipped") is not None or element.get("status") == "notrun"
    return Case(name, "skipped" if skipped else "passed", "")


def cases_in_junit(junit, program, output):
    """The cases of one program; Meson names its suites PROJECT.PROGRAM (TAP) or PROJECT.PROGRAM.SUITE (GoogleTest)."""
    suites = [suite for suite in junit.iter("testsuite")
              if (suite.get("name") + ".").partition(".")[2].startswith(program + ".")]
    return [case_of(element, program, output) for suite in suites for element in suite.iter("testcase")]


def cases_in_output(program, output):
    """What a GoogleTest program said before it died: the case it was in has failed."""
    cases = []
    running = None
    for line in output.splitlines():
        match = re.match(r"\[ +(RUN|OK|FAILED|SKIPPED) +\] ([\w/]+\.[\w/]+)", line)
        if not match:
            continue
        word, name = match.groups()
        if word == "RUN":
            running = name
        elif name == running:
            outcome = {"OK": "passed", "FAILED": "failed", "SKIPPED": "skipped"}[word]
            cases.append(Case(f"{program}: {name}", outcome, output if outcome == "failed" else ""))
            running = None
    if running:
        cases.append(Case(f"{program}: {running} (did not end)", "failed", output))
    return cases


def cases_of(record, junit, protocols):
    """Every case of one program that Meson ran; `record` is its line of testlog.json."""
    program = record["name"].split(" / ")[-1]
    result = record["result"]
    output = "\n".join(filter(None, (record.get("stdout"), record.get("stderr"))))
    is_gtest = protocols.get(program) == "gtest"
    cases = cases_in_junit(junit, program, output)
    # A record without a failure is of an earlier run, or was written before the crash; the output is of this run.
    if is_gtest and (not cases or result in BAD and not any(case.outcome == "failed" for case in cases)):
        cases = cases_in_output(program, output)
    if result in BAD and not any(case.outcome == "failed" for case in cases):
        status = record.get("returncode")
        cases.append(Case(f"{program} ({result.lower()}, status {status})", "failed", output))
    if not cases and result == "SKIP":
        # A TAP program that printed no plan at all looks like a skip to Meson.
        announced = re.search(r"^1\.\.0|# SKIP", output, re.IGNORECASE | re.MULTILINE) or record.get("returncode") == 77
        cases.append(Case(program, "skipped" if announced else "failed", output or "it printed nothing"))
    if not cases and not is_gtest:
        cases.append(Case(program, "passed", ""))
    return cases


def read_log(folder):
    """testlog.json: one line per program. Cut short where Meson itself was ended."""
    path = folder / "meson-logs" / "testlog.json"
    records = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []:
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return records


def read_junit(folder):
    try:
        return ElementTree.parse(folder / "meson-logs" / "testlog.junit.xml").getroot()
    except (FileNotFoundError, ElementTree.ParseError):
        return ElementTree.Element("testsuites")


def read_protocols(folder):
    try:
        tests = json.loads((folder / "meson-info" / "intro-tests.json").read_text())
    except FileNotFoundError:
        return {}
    return {test["name"]: test["protocol"] for test in tests}


def cases_of_folder(folder, status, may_be_empty):
    records = read_log(folder)
    junit = read_junit(folder)
    protocols = read_protocols(folder)
    cases = [case for record in records for case in cases_of(record, junit, protocols)]
    if not records and not may_be_empty:
        cases.append(Case(f"{folder.name}: no test ran", "failed", f"meson test ended with status {status}"))
    elif status and not any(case.outcome == "failed" for case in cases):
        cases.append(Case(f"{folder.name}: meson test ended with status {status}", "failed", ""))
    return cases


def show(cases):
    for case in cases:
        if case.outcome == "failed":
            print(f"\nFAILED {case.name}")
            if case.output:
                print(tail(case.output))
    count = {outcome: sum(case.outcome == outcome for case in cases) for outcome in ("passed", "failed", "skipped")}
    skipped = f", {count['skipped']} skipped" if count["skipped"] else ""
    print(f"\n{count['passed']} passed, {count['failed']} failed{skipped}")
    return count["failed"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ran", nargs="*", metavar="FOLDER=STATUS", help="a build folder, and how `meson test` ended there")
    parser.add_argument("--failed", action="append", default=[], metavar="WHAT", help="counts as one failure")
    parser.add_argument("--may-be-empty", action="store_true", help="a folder where no test ran is no failure")
    options = parser.parse_args()
    cases = [Case(what, "failed", "") for what in options.failed]
    for ran in options.ran:
        folder, _, status = ran.rpartition("=")
        cases += cases_of_folder(pathlib.Path(folder), int(status), options.may_be_empty)
    if options.may_be_empty and not cases:
        cases.append(Case("no test ran", "failed", ""))
    return 1 if show(cases) else 0


if __name__ == "__main__":
    sys.exit(main())
