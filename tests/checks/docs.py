#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the documentation: links and anchors lead somewhere, tables are narrow, error messages are those of the sources.

Prints TAP.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
CELL_WIDTH = 100  # characters
SHORTEST_MESSAGE = 7  # what is left of a message between its variable parts may be a common word


def lines_outside_fences(page):
    fenced = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors(page):
    """The anchors that GitHub makes of headings."""
    headings = (re.match(r"#+ (.*)", line) for _, line in lines_outside_fences(page))
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading.group(1)).strip().lower()).replace(" ", "-")
            for heading in headings if heading}


def dead_links():
    for page in PAGES:
        for number, line in lines_outside_fences(page):
            for link in re.findall(r"\]\(([^)]+)\)", re.sub(r"`[^`]*`", "", line)):
                file, _, anchor = link.partition("#")
                target = page.parent / file if file else page
                if link.startswith("http"):
                    continue
                if not target.exists() or (anchor and anchor not in anchors(target)):
                    yield f"{page.relative_to(ROOT)}:{number}: {link}"


def wide_cells():
    for page in PAGES:
        for number, line in lines_outside_fences(page):
            for cell in re.sub(r"\]\([^)]*\)", "", line).split("|")[1:-1] if line.startswith("|") else []:
                if len(cell.strip()) > CELL_WIDTH:
                    yield f"{page.relative_to(ROOT)}:{number}: {len(cell.strip())} characters: {cell.strip()[:60]}…"


def source_text():
    """All sources, with string literals that span lines joined."""
    files = [file for folder in ("gst", "model", "trainer", "pipelines", "subprojects")
             for file in (ROOT / folder).rglob("*") if file.suffix in (".cpp", ".hpp", ".sh", ".build")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return re.sub(r'"\s*\n\s*"', "", text).replace('\\"', '"')


def unknown_messages():
    """Messages of docs/troubleshooting.md, cut at their variable parts (…), that no source has."""
    sources = source_text()
    page = ROOT / "docs/troubleshooting.md"
    for number, line in lines_outside_fences(page):
        messages = re.findall(r"`([^`]+)`", line.split("|")[1]) if line.startswith("| ") else []
        for part in (part.strip(" ;,.") for message in messages for part in message.split("…")):
            if len(part) >= SHORTEST_MESSAGE and part not in sources:
                yield f"docs/troubleshooting.md:{number}: {part}"


def main():
    checks = [("links and anchors lead somewhere", dead_links()),
              (f"no table cell is wider than {CELL_WIDTH} characters", wide_cells()),
              ("the messages of docs/troubleshooting.md are in the sources", unknown_messages())]
    print(f"1..{len(checks)}")
    for number, (name, problems) in enumerate(checks, 1):
        problems = list(problems)
        print(f"{'not ok' if problems else 'ok'} {number} {name}")
        for problem in problems:
            print(f"# {problem}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
