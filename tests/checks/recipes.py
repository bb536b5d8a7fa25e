#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The commands of docs/recipes, run as they stand there, on small data in the same layouts: recipes.py CUT-TRAINER CUT-MODEL.

Programs that a recipe names are found before those of the system: cut-trainer gets options for a tiny network and one step
behind the recipe's own, gst-launch-1.0 a test picture in place of a camera and no screen. Prints TAP.
"""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "support"))
from tap import check_all, in_a_folder  # noqa: E402

TRAINER, CUT_MODEL = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
LIMIT = 300  # seconds for all commands of a recipe
TINY = "--max_steps 1 --device cpu --threads 1 --num_threads 1 --ngf 4 --ndf 4 --netF_nc 16 --num_patches 8"
CUT = TINY + " --netG resnet_4blocks --load_size 64 --crop_size 32"

UNZIP = f"""#!{sys.executable}
import glob, sys, zipfile
quiet, names, flag, folder = sys.argv[1:]
assert (quiet, flag) == ("-q", "-d"), sys.argv
for name in sorted(glob.glob(names)):
    zipfile.ZipFile(name).extractall(folder)
"""


def png(width, height, level=0):
    """8-bit RGB: a slope, lighter by `level`."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    row = b"\0" + bytes((x * 200 // width + level + 10 * c) % 256 for x in range(width) for c in range(3))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b""))


def write_zip(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def write_video(path, *, rate=4):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", f"testsrc=size=96x72:rate={rate}:duration=1", path], check=True)


def write_program(path, text):
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def programs(folder, tiny):
    folder.mkdir()
    write_program(folder / "cut-trainer",
                  f'#!/bin/sh\ncase $1 in train) exec "{TRAINER}" "$@" {tiny} ;; *) exec "{TRAINER}" "$@" ;; esac\n')
    write_program(folder / "cut-model", f'#!/bin/sh\nexec "{CUT_MODEL}" "$@"\n')
    launch = shutil.which("gst-launch-1.0")
    write_program(folder / "gst-launch-1.0", f"""#!{sys.executable}
import subprocess, sys
words = " ".join(sys.argv[1:]).replace("v4l2src device=/dev/video0", "videotestsrc num-buffers=2")
sys.exit(subprocess.run(["{launch}", "-q", *words.replace("autovideosink", "fakesink").split()]).returncode)
""")
    write_program(folder / "unzip", UNZIP)


def commands(recipe):
    """Its lines in sh, in their order."""
    text = (ROOT / "docs" / "recipes" / f"{recipe}.md").read_text(encoding="utf-8")
    return "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def follow(recipe, folder, tiny=CUT):
    """What the recipe's commands print; its folder has pipelines/ of the repository beside the data."""
    (folder / "pipelines").symlink_to(ROOT / "pipelines")
    programs(folder / "bin", tiny)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands(recipe)], cwd=folder, capture_output=True, text=True, timeout=LIMIT,
                          check=False, env=os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"})
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def options_of(folder, name):
    lines = (folder / "checkpoints" / name / "options.toml").read_text(encoding="utf-8").splitlines()
    return dict(line.split(" = ", 1) for line in lines if " = " in line)


def gta5_cityscapes(folder):
    for archive, first in (("01", 1), ("02", 2501)):
        write_zip(folder / f"{archive}_images.zip", {f"images/{first:05}.png": png(1914, 1052), f"images/{first + 1:05}.png": png(96, 64)})
        write_zip(folder / f"{archive}_labels.zip", {f"labels/{first:05}.png": b"no photograph"})
    cities = {"train": "aachen", "val": "munster", "test": "bonn"}
    write_zip(folder / "leftImg8bit_trainvaltest.zip",
              {f"leftImg8bit/{split}/{city}/{city}_{i}_leftImg8bit.png": png(128, 64, 90) for split, city in cities.items() for i in range(4)})
    write_zip(folder / "gtFine_trainvaltest.zip",
              {f"gtFine/{split}/{city}/{city}_0_gtFine_color.png": b"no photograph" for split, city in cities.items()})
    # A user who has the labels unpacks them beside the images.
    for name, where in (("01_labels.zip", "gta5"), ("02_labels.zip", "gta5"), ("gtFine_trainvaltest.zip", "cityscapes")):
        zipfile.ZipFile(folder / name).extractall(folder / where)
    write_video(folder / "drive.mp4")
    said = follow("gta5-cityscapes", folder)
    assert "skipped" not in said, said
    assert "4 steps an epoch, 80 epochs" in said, said
    assert len(list((folder / "gta5-as-cityscapes").glob("*.png"))) == 4
    assert (folder / "similarity.png").stat().st_size > 0
    shown = options_of(folder, "gta5-cityscapes")
    expected = {"preprocess": '"scale_width_and_crop"', "batch_size": "1", "n_epochs": "40", "n_epochs_decay": "40", "CUT_mode": '"CUT"'}
    assert {name: shown[name] for name in expected} == expected, shown
    assert (shown["dataA"], shown["dataB"]) == ('"gta5"', '"cityscapes"'), shown


def camera_footage(folder):
    for name in ("simulator_1.mp4", "simulator_2.mp4", "drive_1.mp4", "drive_2.mp4", "later_simulator.mp4", "later_drive.mp4"):
        write_video(folder / name)
    said = follow("camera-footage", folder, CUT + " --warmup_steps 1")
    assert "8 steps an epoch, 9 epochs" in said, said
    for name in ("camera-footage.onnx", "translated.mp4", "frames/001.png"):
        assert (folder / name).stat().st_size > 0, name
    assert "similar to 0.2,0.3" in (folder / "checkpoints" / "camera-footage" / "web" / "index.html").read_text(encoding="utf-8")


def single_image(folder):
    (folder / "street.jpg").write_bytes(png(96, 80))  # the content decides, not the suffix
    (folder / "painting.jpg").write_bytes(png(80, 96, 90))
    write_video(folder / "drive.mp4")
    follow("single-image", folder, TINY.replace("--num_patches 8", "--num_patches 1") + " --batch_size 2 --load_size 96 --crop_size 32")
    assert options_of(folder, "night")["model"] == '"sincut"'
    for name in ("night.png", "similarity.png"):
        assert (folder / name).stat().st_size > 0, name


def files_hold_what_the_authors_named():
    text = (ROOT / "pipelines" / "recipes" / "gta5-cityscapes.toml").read_text(encoding="utf-8")
    for line in ('preprocess = "scale_width_and_crop"', "load_size = 1024", "crop_size = 512", "batch_size = 1"):
        assert line in text.splitlines(), line


def every_recipe_is_tried():
    there = sorted(path.stem for path in (ROOT / "docs" / "recipes").glob("*.md"))
    assert there == sorted(path.stem for path in (ROOT / "pipelines" / "recipes").glob("*.toml")) == sorted(RECIPES), there


RECIPES = {"gta5-cityscapes": gta5_cityscapes, "camera-footage": camera_footage, "single-image": single_image}
check_all([(f"the commands of docs/recipes/{name}.md work on small data of its layout", in_a_folder(check)) for name, check in RECIPES.items()] + [
    ("the file of GTA5 to Cityscapes holds what the authors named", files_hold_what_the_authors_named),
    ("every recipe has a file of options and is tried here", every_recipe_is_tried),
])
