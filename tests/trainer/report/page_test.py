#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page of a run as Chromium shows it: page_test.py REPORT-EXAMPLE. Prints TAP."""
import functools
import html.parser
import http.server
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from tap import check_all, in_a_folder  # noqa: E402

EXAMPLE = sys.argv[1]
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
BRIEFLY_MS, A_MINUTE_MS = 1000, 60_000  # of the page's own clock; Chromium runs through it as fast as it can


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children, self.text = tag, dict(attributes), parent, [], ""

    def all(self, tag=None, **attributes):
        for child in self.children:
            fits = all(child.attributes.get(name.strip("_"), "") == value for name, value in attributes.items())
            if fits and tag in (None, child.tag):
                yield child
            yield from child.all(tag, **attributes)

    def one(self, tag=None, **attributes):
        found = list(self.all(tag, **attributes))
        assert len(found) == 1, f"{len(found)} of {tag} {attributes}"
        return found[0]

    def words(self):
        return self.text + "".join(child.words() for child in self.children)


class Tree(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.root = self.at = Element("", {}, None)
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        element = Element(tag, attrs, self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_endtag(self, tag):
        while self.at.tag != tag and self.at.parent:
            self.at = self.at.parent
        self.at = self.at.parent or self.at

    def handle_data(self, data):
        self.at.text += data


def write_run(folder, first=0, last=60, **environment):
    """A run of 6 epochs with 20 steps each, up to a step."""
    subprocess.run([EXAMPLE, folder, str(first), str(last), "20", "6"], check=True, capture_output=True, timeout=120,
                   env=os.environ | environment)
    return pathlib.Path(folder) / "web" / "index.html"


def opened(address, width=1400, virtual_ms=BRIEFLY_MS):
    """The page's elements after its scripts ran, and what they said on the console."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        done = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr",
             f"--window-size={width},1000", f"--virtual-time-budget={virtual_ms}", "--dump-dom", address],
            capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return Tree(done.stdout).root, console


def draws_a_curve_per_loss(folder):
    page, _ = opened(write_run(folder).as_uri())
    chart = page.one("div", id="loss-charts").one("svg")
    curves = {path.attributes["data-name"]: path.attributes["d"] for path in chart.all("path", _class="smooth")}
    assert list(curves) == ["G_GAN", "D_real", "D_fake", "NCE", "</script><b>NCE_Y"], curves.keys()
    for name, line in curves.items():
        points = re.findall(r"[ML]([\d.]+) ([\d.-]+)", line)
        assert len(points) == 60, f"{name}: {len(points)} points"
        heights = [float(y) for _, y in points]
        assert len(set(heights)) > 10 and all(-200 < y < 600 for y in heights), f"{name}: {heights}"
    assert len([text for text in chart.all("text")]) > 6, "axes without numbers"
    legend = page.one("div", id="loss-legend")
    assert [next(button.all("span")).words() for button in legend.all("button")] == list(curves)
    assert [chart.one("h3").words() for chart in page.one("section", id="rates").all("div", _class="chart")] == [
        "Learning rate", "Images/s"]


def shows_grids_over_training(folder):
    page, _ = opened(write_run(folder).as_uri())
    sets = list(page.one("div", id="sets").all("article"))
    assert [one.one("h3").words() for one in sets] == ["Epoch 3step 60", "Epoch 2step 40", "Epoch 1step 20"]
    for one in sets:
        labels = [caption.words() for caption in one.all("figcaption")]
        assert labels == ["real A", "fake B", "real B", "identity B"] * 2, labels
        for img in one.all("img"):
            assert img.attributes["src"].startswith("data:image/webp;base64,UklGR"), img.attributes["src"][:60]
            assert (img.attributes["width"], img.attributes["height"]) == ("128", "96")
    fakes = {next(row.all("img", alt=f"fake B of town/0002.png, epoch {epoch}, step {20 * epoch}")).attributes["src"]
             for epoch, row in zip((3, 2, 1), sets)}
    assert len(fakes) == 3, "the same picture at every step"


def shows_configuration_state_and_notices(folder):
    page, _ = opened(write_run(folder).as_uri())
    rows = {row.one("dt").words(): row.one("dd").words() for row in page.one("section", id="configuration").one("dl").all("div")}
    assert rows["CUT_mode"] == "CUT" and rows["nce_layers"] == "0,4,8,12,16", rows
    facts = page.one("dl", id="facts").words()
    assert "Epoch3 of 6" in facts and "Step60 of 120" in facts, facts
    assert page.one("p", id="state").words() == "Stopped"
    assert "town/0003.png: damaged" in page.one("section", id="notices").words()


def would_notice_an_error(folder):
    path = pathlib.Path(folder) / "broken.html"
    path.write_text("<script>null.x</script>", encoding="utf-8")
    _, console = opened(path.as_uri())
    assert len(console) == 1 and "TypeError" in console[0], console


def leaves_hostile_names_as_text(folder):
    page, console = opened(write_run(folder).as_uri())
    assert not console, console
    assert page.one("h1").words() == "<script>alert('title')</script> street"
    assert page.one("title").words() == "<script>alert('title')</script> street"
    assert "<img src=x onerror=alert(2)>" in page.one("section", id="notices").words()
    assert '/data/<i>&amp;"town"</i>' in page.one("section", id="configuration").words()
    assert len(list(page.all("script"))) == 4 and not list(page.all("i", _class="x")) and not list(page.all("b", id="x"))
    assert not [one for one in page.all() if any(name.startswith("on") for name in one.attributes)]
    assert all(img.attributes["src"].startswith("data:") for img in page.all("img") if "src" in img.attributes)


def fits_a_narrow_window(folder):
    page, console = opened(write_run(folder).as_uri(), width=500)
    assert not console, console
    assert 200 <= int(page.one("div", id="loss-charts").one("svg").attributes["width"]) <= 500


def tells_that_a_killed_run_is_silent(folder):
    path = write_run(folder, REPORT_EXAMPLE_KILLED="1")
    page, _ = opened(path.as_uri())
    assert page.one("p", id="state").words().startswith("Running · "), page.one("p", id="state").words()
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'"written":[\d.]+', f'"written":{time.time() - 7200:.1f}', text), encoding="utf-8")
    page, console = opened(path.as_uri())
    assert page.one("p", id="state").words().startswith("No word for 2 h"), page.one("p", id="state").words()
    assert not console, console


def times_loaded(path):
    """How often the page is asked for within a minute of its own time."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=path.parent))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        opened(f"http://127.0.0.1:{server.server_port}/index.html", virtual_ms=A_MINUTE_MS)
    finally:
        server.shutdown()
    assert set(asked) == {"/index.html"}, asked
    return len(asked)


def loads_itself_again_while_the_run_lasts(folder):
    assert times_loaded(write_run(f"{folder}/running", REPORT_EXAMPLE_KILLED="1")) > 1
    assert times_loaded(write_run(f"{folder}/finished", last=120)) == 1


def goes_on_from_an_earlier_run(folder):
    write_run(folder, last=50)
    page, console = opened(write_run(folder, first=40, last=60).as_uri())
    curve = next(page.one("div", id="loss-charts").all("path", _class="smooth"))
    assert len(re.findall("[ML]", curve.attributes["d"])) == 60
    assert [one.one("h3").words() for one in page.one("div", id="sets").all("article")] == [
        "Epoch 3step 60", "Epoch 2step 40", "Epoch 1step 20"]
    assert not console, console


CHECKS = [
    ("the page draws a curve per loss, with axes and a legend", draws_a_curve_per_loss),
    ("the page shows grids of pictures over the training", shows_grids_over_training),
    ("the page shows configuration, state and notices", shows_configuration_state_and_notices),
    ("an error on the console would be noticed", would_notice_an_error),
    ("hostile names stay text, and the console stays empty", leaves_hostile_names_as_text),
    ("the page fits a narrow window", fits_a_narrow_window),
    ("the page of a killed run says that there is no word of it", tells_that_a_killed_run_is_silent),
    ("the page loads itself again while the run lasts, and nothing else", loads_itself_again_while_the_run_lasts),
    ("the page of a continued run has the earlier one's curves and pictures", goes_on_from_an_earlier_run),
]


if __name__ == "__main__":
    check_all([(name, in_a_folder(check)) for name, check in CHECKS])
