#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What an encoder takes for alike, as a sheet and on a run's page: similarity_test.py CUT-TRAINER. Prints TAP."""
import pathlib
import re
import struct

from program import DATA, SCRATCH, TRAINER, run, train, write_png
from tap import check_all

GENERATORS = pathlib.Path(__file__).resolve().parents[2] / "golden" / "generator"
IMAGE = DATA / "trainA" / "0.png"  # 24 x 20
FOLDER, _ = train("similar", "--max_steps", 1)
LAYERS = ["--nce_layers", "0,4,8"]


def similarity(*words, status=0):
    got, out, err = run(TRAINER, "similarity", "--threads", 1, *words)
    assert got == status, f"exit status {got}, expected {status}\n{out}\n{err}"
    return out, err


def refused(*words):
    _, err = similarity("--output", SCRATCH / "refused.png", *words, status=1)
    assert not (SCRATCH / "refused.png").exists()
    return err


def size_of(png):
    return struct.unpack(">II", png.read_bytes()[16:24])


def sheet_of_points_and_layers():
    sheet = SCRATCH / "sheet.png"
    out, err = similarity("--model", FOLDER / "model.pt", *LAYERS, "--point", "3,4", "--point", "20,19", "--display_winsize", 96,
                          "--output", sheet, IMAGE)
    assert size_of(sheet) == (6 + 5 * 102, 6 + 2 * (80 + 36)), size_of(sheet)
    assert "wrote" in err, err
    lines = out.splitlines()
    assert len(lines) == 2 * 3, out
    for line in lines:
        assert re.fullmatch(r".*0\.png (3,4|20,19) layer [048]: -?[\d.]+ at its own place, rank \d+ of \d+; most -?[\d.]+ at \d+,\d+, "
                            r"least -?[\d.]+", line), line


def heads_of_the_run_are_shown_as_well():
    sheet = SCRATCH / "heads.png"
    out, _ = similarity("--model", FOLDER / "latest_net_G.pth", "--netF", FOLDER / "latest_net_F.pth", *LAYERS, "--point", "3,4",
                        "--query", "input", "--scale", "cosine", "--output", sheet, IMAGE, DATA / "trainA" / "1.png")
    assert size_of(sheet) == (6 + 7 * 262, 6 + 2 * (213 + 36)), size_of(sheet)
    lines = out.splitlines()
    assert len(lines) == 2 * 6 and sum(" through H: " in line for line in lines) == 6, out
    assert all(": 1.00 at its own place" in line for line in lines), out


def large_images_are_scaled():
    large = SCRATCH / "large.png"
    write_png(large, 300, 150, bytes(300 * 150 * 3))
    out, err = similarity("--model", FOLDER / "model.pt", *LAYERS, "--point", "299,149", "--max_side", 64, "--output", SCRATCH / "s.webp", large)
    assert "scaled from 300 x 150 to 64 x 32 pixels" in err, err
    assert f" of {64 * 32};" in out, out
    assert (SCRATCH / "s.webp").read_bytes()[8:12] == b"WEBP"


def single_image_networks_have_layers_too():
    for name, layers in (("stylegan2", "024"), ("smallstylegan2", "02")):
        out, _ = similarity("--model", GENERATORS / f"{name}.pth", "--point", "3,4", "--output", SCRATCH / f"{name}.png", IMAGE)
        assert [re.search(r"layer (\d)", line).group(1) for line in out.splitlines()] == list(layers), out


def grey_networks_see_grey():
    out, _ = similarity("--model", GENERATORS / "resnet_9blocks_gray.pth", "--point", "3,4", "--output", SCRATCH / "grey.png", IMAGE)
    assert len(out.splitlines()) == 5, out


def what_is_wrong_is_said():
    model = ["--model", FOLDER / "model.pt"]
    here = [*model, *LAYERS, "--point", "3,4"]
    assert "--point 24,0 is outside" in (said := refused(*model, *LAYERS, "--point", "24,0", IMAGE)) and "24 x 20" in said, said
    assert "has the layers 0 to " in (said := refused(*model, "--nce_layers", "0,99", "--point", "3,4", IMAGE)), said
    assert "each layer once" in (said := refused(*model, "--nce_layers", "4,4", "--point", "3,4", IMAGE)), said
    assert "no single row of layers" in (said := refused("--model", GENERATORS / "unet_128.pth", "--point", "3,4", IMAGE)), said
    heads = ["--netF", FOLDER / "latest_net_F.pth", "--point", "3,4", IMAGE]
    assert "has heads for 3 layers with 3,8,16 channels" in (said := refused(*model, "--nce_layers", "0,4", *heads)), said
    assert "expected the heads of a run" in (said := refused(*here, "--netF", FOLDER / "latest_net_G.pth", IMAGE)), said
    tiny = SCRATCH / "tiny.png"
    write_png(tiny, 15, 20, bytes(15 * 20 * 3))
    assert "16 x 16 pixels or more" in (said := refused(*here, tiny)), said
    assert "there is no" in (said := refused(*here, SCRATCH / "absent.png")) or "absent.png" in said, said
    _, said = similarity(*here, "--output", SCRATCH / "sheet.doc", IMAGE, status=1)
    assert "expected a name such as similarity.png" in said, said
    there = SCRATCH / "there.png"
    there.write_bytes(b"precious")
    _, said = similarity(*here, "--output", there, IMAGE, status=1)
    assert "--overwrite replaces it" in said and there.read_bytes() == b"precious", said
    similarity(*here, "--output", there, "--overwrite", IMAGE)
    assert there.read_bytes().startswith(b"\x89PNG")


def page_shows_chosen_points():
    plain, _ = train("page without", "--max_steps", 2)
    folder, _ = train("page", "--max_steps", 2, "--similarity_points", "0.5,0.25;0.1,0.9")
    page = (folder / "web" / "index.html").read_text(encoding="utf-8")
    for text in (".png, similar to 0.5,0.25", ".png, similar to 0.1,0.9", "layer 4 through H"):
        assert text in page, text
    assert "similar to" not in (plain / "web" / "index.html").read_text(encoding="utf-8")
    # What is shown changes nothing of what is learnt.
    for name in ("latest_net_G.pth", "latest_net_D.pth", "latest_net_F.pth"):
        assert (folder / name).read_bytes() == (plain / name).read_bytes(), name


check_all([
    ("a sheet has a row for each point and a column for each layer, and its numbers are printed", sheet_of_points_and_layers),
    ("with a run's heads the layers are shown through them as well, of several images", heads_of_the_run_are_shown_as_well),
    ("large images are scaled down, which is said", large_images_are_scaled),
    ("StyleGAN2's encoders are shown at the reference's layers", single_image_networks_have_layers_too),
    ("networks of grey images are given grey images", grey_networks_see_grey),
    ("points outside, absent layers, U-Nets, other heads and files that are there are refused in a sentence", what_is_wrong_is_said),
    ("--similarity_points shows chosen points on the page, and changes no weight", page_shows_chosen_points),
])
