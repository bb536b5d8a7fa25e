#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A comparison from end to end, with tiny networks: compare_test.py CUT-TRAINER, and CUT_MODULE_PATH names the folder of module
cpu. Prints TAP."""
import json
import random
import re
import signal
import subprocess
import time

from program import LIMIT, SCRATCH, TINY, TRAINER, losses, make_data, run, write_png
from tap import check_all

DATA = make_data(SCRATCH / "compared")
CHANCE = random.Random(3)
for domain in ("testA", "testB"):
    (DATA / domain).mkdir()
    for i in range(4):
        write_png(DATA / domain / f"{i}.png", 24, 20, CHANCE.randbytes(24 * 20 * 3))
RUNS = SCRATCH / "comparisons"
ABLATION = SCRATCH / "no_identity.toml"
ABLATION.write_text("nce_idt = false\nnce_layers = [0, 4]\n")


def command(name, *options, methods="cut,cycle_gan"):
    return [str(word) for word in (TRAINER, "compare", "--dataroot", DATA, "--checkpoints_dir", RUNS, "--name", name, "--methods", methods,
                                   *TINY, "--nce_layers", "0,4,8", "--num_test", 2, *options)]


def compared(name, *options, status=0, methods="cut,cycle_gan"):
    got, out, err = run(*command(name, *options, methods=methods))
    assert got == status, f"exit status {got}, expected {status}\n{out}\n{err}"
    return RUNS / name, out + err


def page_data(folder):
    text = (folder / "index.html").read_text()
    return [json.loads(re.search(f'id="{name}-data">(.*?)</script>', text, re.DOTALL)[1]) for name in ("comparison", "picture")]


def trains_measures_and_leaves_a_page():
    folder, said = compared("two", "--max_steps", 4, "--evaluations", 2)
    for method in ("cut", "cycle_gan"):
        assert len(losses(folder / method)) == 1 + 4, method
        assert (folder / method / "model.pt").exists()
    comparison, pictures = page_data(folder)
    assert [method["name"] for method in comparison["methods"]] == ["cut", "cycle_gan"]
    names = [measure["name"] for measure in comparison["measures"]]
    assert names == ["sliced Wasserstein", "colour", "structure kept", "blotches"][:len(names)] and len(names) >= 3, names
    for method in comparison["methods"]:
        assert method["state"] == "finished" and method["steps"] == 4 and method["images"] == 4, method
        assert method["secondsPerStep"] > 0 and method["peakBytes"] > 1 << 20 and method["parameters"] > method["generatorParameters"] > 0
        assert [point["at"] for point in method["points"]] == [2, 4] and not comparison["axisIsTime"]
        assert all(isinstance(value, float) for point in method["points"] for value in point["values"])
    assert [[label for label, _ in row["cells"]] for row in pictures["rows"]] == [["A", "cut", "cycle_gan"]] * 2
    cut, cycle = comparison["methods"]
    assert cycle["parameters"] > 1.9 * cut["generatorParameters"], "two generators"
    differences = {option: values for option, values in comparison["differences"]}
    assert differences["model"] == ["cut", "cycle_gan"] and differences["nce_layers"] == ["0,4,8", ""], differences
    assert dict(comparison["common"])["crop_size"] == "16"
    assert re.search(r"^steps +4 +4$", said, re.MULTILINE) and re.search(r"^sliced Wasserstein +[\d.]+ +[\d.]+$", said, re.MULTILINE), said


def finished_methods_are_not_trained_again():
    folder, _ = compared("again", "--max_steps", 2, "--evaluations", 1)
    before = {method: (folder / method / "checkpoint.pt").stat().st_mtime_ns for method in ("cut", "cycle_gan")}
    (folder / "index.html").unlink()
    _, said = compared("again", "--max_steps", 2, "--evaluations", 1, methods=f"cut,cycle_gan,{ABLATION}")
    assert "part 1 of 1" in said and "cut: part" not in said.replace("no_identity: part", "") and "cycle_gan: part" not in said, said
    assert {method: (folder / method / "checkpoint.pt").stat().st_mtime_ns for method in before} == before
    comparison, _ = page_data(folder)
    assert [method["name"] for method in comparison["methods"]] == ["cut", "cycle_gan", "no_identity"]
    differences = {option: values for option, values in comparison["differences"]}
    assert differences["nce_idt"] == ["true", "", "false"] and differences["nce_layers"] == ["0,4,8", "", "0,4"], differences
    got, _, err = run(*command("again", "--max_steps", 3, "--evaluations", 1))
    assert got == 1 and "cut has other options" in err and "another --name" in err, err


def goes_on_where_it_was_stopped():
    options = ["--max_steps", 60, "--evaluations", 2, "--n_epochs", 100, "--save_latest_freq", 1]
    whole, _ = compared("whole", *options)
    process = subprocess.Popen(command("parts", *options), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    end = time.monotonic() + LIMIT
    while not (RUNS / "parts" / "cut" / "checkpoint.pt").exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 128 + signal.SIGINT and "the same command goes on" in out, f"{process.returncode}: {out}"
    parts, _ = compared("parts", *options)
    for method in ("cut", "cycle_gan"):
        assert losses(parts / method) == losses(whole / method), method
        for path in (whole / method).glob("latest_net_*.pth"):
            assert (parts / method / path.name).read_bytes() == path.read_bytes(), path.name
    points = [[method["points"] for method in page_data(folder)[0]["methods"]] for folder in (parts, whole)]
    assert points[0] == points[1]


def minutes_are_the_axis():
    folder, _ = compared("minutes", "--max_minutes", 0.02, "--evaluations", 2, "--n_epochs", 100000, methods=f"cut,{ABLATION}")
    comparison, _ = page_data(folder)
    assert comparison["axisIsTime"]
    for method in comparison["methods"]:
        assert [point["at"] for point in method["points"]] == [0.6, 1.2] and method["steps"] >= 1, method


def a_method_that_fails_does_not_end_the_others():
    broken = SCRATCH / "broken.toml"
    broken.write_text("nce_layers = [99]\n")
    folder, said = compared("failing", "--max_steps", 2, "--evaluations", 1, status=1, methods=f"{broken},cut")
    assert "broken failed with status 1" in said and "99" in said, said
    states = [(method["name"], method["state"]) for method in page_data(folder)[0]["methods"]]
    assert states == [("broken", "failed"), ("cut", "finished")], states


def a_dry_run_writes_nothing():
    folder, said = compared("dry", "--max_minutes", 30, "--dry_run")
    assert not folder.exists()
    for words in ("== cut\n", "== cycle_gan\n", "  G_B ", "2 methods, 30 min each: 1 h in all"):
        assert words in said, f"{words} is not in\n{said}"
    assert said.count("One step on cpu with 1 thread") == 2, said


def held_out_images_may_lie_anywhere():
    data = make_data(SCRATCH / "without test")
    words = [str(word) for word in (TRAINER, "compare", "--dataroot", data, "--checkpoints_dir", RUNS, "--name", "elsewhere",
                                    "--methods", "cut,fastcut", *TINY, "--nce_layers", "0,4", "--max_steps", 1, "--evaluations", 1)]
    got, _, err = run(*words)
    assert got == 1 and "testA" in err, err
    got, out, err = run(*words, "--testA", DATA / "testA", "--testB", DATA / "testB")
    assert got == 0, out + err


check_all([
    ("two methods are trained, measured and shown on a page", trains_measures_and_leaves_a_page),
    ("finished methods are not trained again, further ones are added, other options refused", finished_methods_are_not_trained_again),
    ("a comparison that was stopped goes on and equals one that was not", goes_on_where_it_was_stopped),
    ("with minutes the axis is time", minutes_are_the_axis),
    ("a method that fails is named and the others go on", a_method_that_fails_does_not_end_the_others),
    ("a dry run tells each method's plan and writes nothing", a_dry_run_writes_nothing),
    ("held-out images may lie anywhere, and are asked for before the training", held_out_images_may_lie_anywhere),
])
