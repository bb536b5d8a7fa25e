#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page of a comparison as Chromium shows it: comparison_page_test.py COMPARISON-EXAMPLE. Prints TAP."""
import re
import subprocess
import sys

from page_test import EXAMPLE, opened
from tap import check_all, in_a_folder


def shown(folder, width=1400):
    path = folder / "index.html"
    subprocess.run([EXAMPLE, path], check=True, timeout=60)
    page, console = opened(path.as_uri(), width=width)
    assert not console, console
    return page


def rows_of(section):
    return [[cell.words() for cell in row.children] for row in section.one("tbody").all("tr")]


def shows_a_row_for_each_method(folder):
    section = shown(folder).one("section", id="table")
    assert [cell.words() for cell in section.one("thead").all("th")] == [
        "Method", "Steps", "Images of A seen", "Seconds a step", "Peak memory", "Parameters", "of the generator",
        "sliced Wasserstein ↓", "structure kept ↑"]
    assert rows_of(section) == [
        ["cutresnet_9blocks, ngf 64", "1,234", "1,234", "3.5", "1,024 MiB", "14.7 M", "11.4 M", "28.13", "–"],
        ["cycle_ganresnet_9blocks, ngf 64", "700", "700", "6.25", "–", "28.3 M", "11.4 M", "33", "0.7"],
        ["<b>bad</b>failed", "–", "–", "–", "–", "–", "–", "–", "–"],
        ["A as it is", "", "", "", "", "", "", "61.5", "1"],
        ["B, half against half", "", "", "", "", "", "", "12.25", ""]], rows_of(section)
    assert [cell.words() for cell in section.all("td", _class="best")] == ["28.13", "0.7"]


def draws_a_curve_of_each_method_for_each_measure(folder):
    charts = list(shown(folder).one("div", id="charts").all("div", _class="chart"))
    assert [chart.one("h3").words() for chart in charts] == ["sliced Wassersteinlower is better", "structure kepthigher is better"]
    curves = {path.attributes["data-name"]: path.attributes["d"] for path in charts[0].all("path", _class="smooth")}
    assert [len(re.findall("[ML]", curves[name])) for name in ("cut", "cycle_gan", "<b>bad</b>")] == [3, 3, 0], curves
    assert [path.attributes["data-name"] for path in charts[0].all("path", _class="smooth dashed")] == ["A as it is", "half against half"]
    assert any("minute" == text.words() for text in charts[0].all("text"))


def shows_pictures_and_options(folder):
    page = shown(folder)
    row = page.one("div", id="rows").one("div", _class="row")
    assert row.one("p").words() == "town/<i>1</i>.png"
    assert [caption.words() for caption in row.all("figcaption")] == ["A", "cut", "cycle_gan"]
    assert len({img.attributes["src"] for img in row.all("img")}) == 3
    assert rows_of(page.one("section", id="differences")) == [["model", "cut", "cycle_gan", "cut"], ["nce_T", "0.07", "–", "<u>1</u>"]]
    assert page.one("section", id="configuration").one("dl").words() == "crop_size128"


def leaves_hostile_names_as_text(folder):
    page = shown(folder)
    assert page.one("h1").words() == "<script>alert('title')</script> three"
    assert page.one("p", id="state").words() == "2 of 3 methods finished"
    assert page.one("p", id="summary").words().endswith("(128)</script>")
    assert len(list(page.all("script"))) == 3 and not list(page.all("u"))


def fits_a_narrow_window(folder):
    widths = [int(chart.one("svg").attributes["width"]) for chart in shown(folder, width=500).one("div", id="charts").all("div", _class="chart")]
    assert all(200 <= width <= 500 for width in widths), widths


if __name__ == "__main__":
    assert len(sys.argv) == 2, __doc__
    check_all([(name, in_a_folder(check)) for name, check in [
        ("the table has a row for each method, with the best numbers marked", shows_a_row_for_each_method),
        ("each measure has a chart with a curve of each method, and the limits", draws_a_curve_of_each_method_for_each_measure),
        ("pictures stand side by side, and options that differ in a table", shows_pictures_and_options),
        ("hostile names stay text", leaves_hostile_names_as_text),
        ("the page fits a narrow window", fits_a_narrow_window),
    ]])
