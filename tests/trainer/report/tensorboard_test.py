#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""TensorBoard reads our event files: tensorboard_test.py REPORT-EXAMPLE FOLDER. Prints TAP.

TensorBoard is installed once into a virtual environment in FOLDER, and used by calling this file in it again.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

PINNED = ["tensorboard==2.21.0"]
TIMEOUT = 900
FILE = str(pathlib.Path(__file__).resolve())


def environment(folder):
    """Its Python; installs what is missing. Throws where that fails."""
    python = pathlib.Path(folder) / "bin" / "python"
    marker = pathlib.Path(folder) / "installed"
    if not marker.exists() or marker.read_text(encoding="utf-8") != " ".join(PINNED):
        for command in (["/usr/bin/python3", "-m", "venv", "--clear", folder],
                        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PINNED]):
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
            if done.returncode:
                raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
        marker.write_text(" ".join(PINNED), encoding="utf-8")
    return str(python)


def write_run(example, folder, first, last):
    subprocess.run([example, folder, str(first), str(last), "20", "6"], check=True, capture_output=True, timeout=120)


def read(folder):
    from tensorboard.backend.event_processing import event_accumulator  # only in the virtual environment
    accumulator = event_accumulator.EventAccumulator(folder, size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    accumulator.Reload()
    return accumulator


def steps_of(events):
    return [event.step for event in events]


def scalars_come_back(example, folder):
    write_run(example, folder, 0, 60)
    run = read(folder)
    names = {"losses/G_GAN", "losses/D_real", "losses/D_fake", "losses/NCE", "losses/</script><b>NCE_Y", "rates/learning rate",
             "rates/images per second"}
    assert set(run.Tags()["scalars"]) == names, run.Tags()["scalars"]
    rows = [line.split(",") for line in (pathlib.Path(folder) / "losses.csv").read_text(encoding="utf-8").splitlines()]
    for tag, column in (("losses/G_GAN", "G_GAN"), ("rates/learning rate", "learning_rate")):
        events = run.Scalars(tag)
        assert steps_of(events) == list(range(1, 61)), steps_of(events)
        for event, row in zip(events, rows[1:]):
            expected = float(row[rows[0].index(column)])
            assert abs(event.value - expected) <= 1e-6 * abs(expected), (tag, event)


def pictures_come_back(example, folder):
    write_run(example, folder, 0, 60)
    run = read(folder)
    names = {f"{label}/{row}" for label in ("real A", "fake B", "real B", "identity B") for row in (1, 2)}
    assert set(run.Tags()["images"]) == names, run.Tags()["images"]
    for tag in names:
        events = run.Images(tag)
        assert steps_of(events) == [20, 40, 60], steps_of(events)
        for event in events:
            assert (event.width, event.height) == (128, 96)
            assert event.encoded_image_string.startswith(b"\x89PNG\r\n\x1a\n")


def a_continued_run_takes_the_place_of_what_was_cut_off(example, folder):
    write_run(example, folder, 0, 50)
    write_run(example, folder, 40, 60)
    assert len(list(pathlib.Path(folder).glob("events.out.tfevents.*"))) == 2
    assert steps_of(read(folder).Scalars("losses/NCE")) == list(range(1, 61))


def every_record_has_right_sums(example, folder):
    from tensorboard.compat.tensorflow_stub import errors, pywrap_tensorflow
    write_run(example, folder, 0, 20)
    path, = pathlib.Path(folder).glob("events.out.tfevents.*")
    reader = pywrap_tensorflow.PyRecordReader_New(str(path).encode())
    records = 0
    try:
        while True:
            reader.GetNext()  # checks both sums of each
            records += 1
    except errors.OutOfRangeError:
        pass
    assert records == 2 + 20 + 8, records  # version, session; a record per step; a picture each


CHECKS = [
    ("TensorBoard reads every loss and rate at its step", scalars_come_back),
    ("TensorBoard reads the pictures as PNG", pictures_come_back),
    ("TensorBoard joins a continued run to the earlier one", a_continued_run_takes_the_place_of_what_was_cut_off),
    ("TensorBoard finds every record's sums right", every_record_has_right_sums),
]


def check_all(example):
    for number, (name, check) in enumerate(CHECKS, 1):
        try:
            with tempfile.TemporaryDirectory() as folder:
                check(example, folder)
            print(f"ok {number} {name}", flush=True)
        except Exception:  # pylint: disable=broad-except
            print(f"not ok {number} {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)


def main():
    example, folder = sys.argv[1:3]
    if sys.argv[3:] == ["--inside"]:
        check_all(example)
        return
    print(f"1..{len(CHECKS)}", flush=True)
    try:
        python = environment(folder)
        subprocess.run([python, FILE, example, folder, "--inside"], check=True, timeout=TIMEOUT,
                       env=os.environ | {"PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3"})
    except (RuntimeError, subprocess.SubprocessError, OSError) as error:
        for number, (name, _) in enumerate(CHECKS, 1):
            print(f"not ok {number} {name}")
        for line in f"TensorBoard cannot be used: {error}".splitlines():
            print(f"# {line}")


if __name__ == "__main__":
    main()
