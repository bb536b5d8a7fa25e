# SPDX-License-Identifier: MIT
"""What the tests of the program share: tiny runs of cut-trainer, and pictures for them."""
import atexit
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
TRAINER = pathlib.Path(sys.argv[1]).resolve()
CUT_MODEL = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
SCRATCH = pathlib.Path(tempfile.mkdtemp(prefix="cut-trainer-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)

TINY = ("--ngf 4 --ndf 4 --netG resnet_4blocks --netD n_layers --n_layers_D 2 --crop_size 16 --load_size 20 "
        "--threads 1 --num_threads 1 --device cpu --n_epochs 1 --n_epochs_decay 1").split()
TINY_NCE = "--netF_nc 32 --nce_layers 0,4,8 --num_patches 16".split()
# Behind TINY, with one image in each domain (ONE): 4 pairs an epoch.
SINCUT = ("--model sincut --netG stylegan2 --netD stylegan2 --ngf 1 --ndf 1 --nce_layers 0,2,4 --num_patches 1 --batch_size 2 "
          "--max_dataset_size 4").split()
NETWORKS = ["latest_net_G.pth", "latest_net_D.pth", "latest_net_F.pth"]
LIMIT = 300  # seconds until a process counts as hanging


def write_png(path, width, height, pixels):
    """8-bit RGB; `pixels` are width * height * 3 bytes."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + pixels[3 * width * y:3 * width * (y + 1)] for y in range(height))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def make_data(folder, images=3):
    """trainA and trainB of `folder`, with images of noise."""
    chance = random.Random(7)
    for domain in ("trainA", "trainB"):
        (folder / domain).mkdir(parents=True)
        for i in range(images):
            write_png(folder / domain / f"{i}.png", 24, 20, chance.randbytes(24 * 20 * 3))
    return folder


DATA = make_data(SCRATCH / "data")
ONE = make_data(SCRATCH / "one", images=1)


def command(name, *options, data=DATA, runs=SCRATCH / "runs"):
    nce = [] if "cycle_gan" in options else TINY_NCE
    return [str(word) for word in (TRAINER, "train", "--dataroot", data, "--checkpoints_dir", runs, "--name", name, *TINY, *nce, *options)]


def run(*words, environment=None):
    """Exit status, stdout and stderr of a process."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=LIMIT, check=False,
                          env=os.environ | (environment or {}))
    return done.returncode, done.stdout, done.stderr


def train(name, *options, status=0, **where):
    """The folder of a run that ended with `status`, and all that it said."""
    got, out, err = run(*command(name, *options, **where))
    assert got == status, f"exit status {got}, expected {status}\n{out}\n{err}"
    return where.get("runs", SCRATCH / "runs") / name, out + err


def refusal(name, *options, status=1, **where):
    """The one sentence of a run that ends at once."""
    got, out, err = run(*command(name, *options, **where))
    assert got == status, f"exit status {got}, expected {status}\n{out}\n{err}"
    lines = [line for line in err.splitlines() if line]
    assert lines and lines[-1].startswith("cut-trainer: "), err
    return lines[-1]


def losses(folder):
    """The rows of losses.csv without the columns of time, as text."""
    rows = [row.split(",") for row in (folder / "losses.csv").read_text().splitlines()]
    kept = [i for i, name in enumerate(rows[0]) if "second" not in name and "time" not in name and "per_s" not in name]
    return [[row[i] for i in kept] for row in rows]


def assert_same_run(got, expected):
    """Weights, their average where there is one, and losses equal bit by bit. model.pt holds the command, which may differ."""
    names = [sorted(path.name for path in folder.glob("latest_net_*.pth")) for folder in (got, expected)]
    assert names[0] == names[1] and len(names[0]) >= 3, names
    for name in names[0]:
        assert (got / name).read_bytes() == (expected / name).read_bytes(), f"{name} differs"
    assert losses(got) == losses(expected), "losses.csv differs"


def leftovers(folder):
    """Files that no run should leave."""
    return [path.name for path in folder.rglob("*") if path.suffix == ".tmp"]
