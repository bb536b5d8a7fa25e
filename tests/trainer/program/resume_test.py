#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A continued run equals one that was never interrupted, bit for bit: resume_test.py CUT-TRAINER. Prints TAP."""
import functools
import shutil
import signal
import subprocess
import time

from program import DATA, LIMIT, ONE, SCRATCH, SINCUT, assert_same_run, command, leftovers, losses, train
import plain_start  # program makes tests/support known
from tap import check_all

# Six steps, interrupted after two.
VARIANTS = {
    "CUT": [],
    "an average of the weights": ["--ema", "0.9"],
    "FastCUT's flips": ["--CUT_mode", "FastCUT", "--n_epochs", "1", "--n_epochs_decay", "1"],
    "dropout": ["--no_dropout", "False"],
    "batch norm": ["--normG", "batch", "--normD", "batch", "--batch_size", "2", "--n_epochs", "2"],
    "a dictionary of negatives": ["--nce_negatives", "both", "--nce_queue_size", "64"],
    "patch relations, by a schedule": ["--nce", "src_hdce"],
    "EnCo with a rate of its own for D": ["--content", "enco", "--nce_layers", "3,7,13,14,19,23", "--n_epochs", "1", "--n_epochs_decay", "1"],
    "plateau": ["--lr_policy", "plateau"],
    "a warm-up before it": ["--warmup_steps", "3", "--ema", "0.9"],
    # The pools are full after the first step, and drawn from in each that follows.
    "CycleGAN's pools": ["--model", "cycle_gan", "--pool_size", "1", "--ema", "0.9"],
    "a U-Net's dropout": ["--model", "cycle_gan", "--netG", "unet_128", "--no_dropout", "False", "--ngf", "1", "--crop_size", "128",
                          "--load_size", "128"],
}


@functools.cache
def uninterrupted(*options, data=DATA):
    """The folder of such a run, which is only read: checks with the same options share it."""
    return train("whole " + " ".join(map(str, options)).replace("/", "_"), *options, data=data)[0]


def equals(name, options, data=DATA):
    def check():
        whole = uninterrupted(*options, data=data)
        parts, _ = train(f"parts {name}", *options, "--max_steps", 2, data=data)
        train(f"parts {name}", *options, "--continue_train", data=data)
        assert_same_run(parts, whole)
    return check


def keeps_its_seed():
    whole = uninterrupted("--seed", 5)
    parts, _ = train("parts seed", "--seed", 5, "--max_steps", 2)
    _, said = train("parts seed", "--seed", 7, "--continue_train")
    assert "the run goes on with its own --seed 5" in said, said
    assert_same_run(parts, whole)


def started(name, *options, **where):
    return subprocess.Popen(command(name, *options, **where), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_for(path, process):
    """Until `path` is there, or the process has ended."""
    end = time.monotonic() + LIMIT
    while not path.exists() and process.poll() is None:
        assert time.monotonic() < end, f"{path} does not come"
        time.sleep(0.01)


def stopped_by(number):
    def check():
        options = ["--n_epochs", "10", "--save_latest_freq", "1", "--ema", "0.9"]
        whole = uninterrupted(*options)
        parts = SCRATCH / "runs" / f"parts {number}"
        process = started(parts.name, *options)
        wait_for(parts / "checkpoint.pt", process)
        process.send_signal(number)
        out, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 128 + number, f"exit status {process.returncode}\n{out}"
        assert "--continue_train" in out, out
        train(parts.name, *options, "--continue_train")
        assert_same_run(parts, whole)
    return check


def without_a_terminal():
    """As nohup starts it."""
    options = ["--n_epochs", "10", "--save_latest_freq", "1"]
    whole = uninterrupted(*options)
    alone = SCRATCH / "runs" / "nohup"
    process = subprocess.Popen(["nohup", *command(alone.name, *options)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    wait_for(alone / "checkpoint.pt", process)
    process.send_signal(signal.SIGHUP)
    assert process.wait(LIMIT) == 0
    assert_same_run(alone, whole)


def ignores(number):
    """As the parent left it: a script starts `command &` with SIGINT ignored."""
    def check():
        options = ["--n_epochs", "10", "--save_latest_freq", "1"]
        whole = uninterrupted(*options)
        alone = SCRATCH / "runs" / f"ignores {number}"
        process = subprocess.Popen(command(alone.name, *options), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
        wait_for(alone / "checkpoint.pt", process)
        process.send_signal(number)
        assert process.wait(LIMIT) == 0
        assert_same_run(alone, whole)
    return check


def reader_goes():
    options = ["--n_epochs", "10", "--print_freq", "1"]
    whole = uninterrupted(*options)
    process = started("pipe", *options)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(LIMIT) == 0
    assert_same_run(SCRATCH / "runs" / "pipe", whole)


def stopped_in_the_warm_up(name, more=(), data=DATA):
    def check():
        options = [*more, "--warmup_steps", "60", "--print_freq", "1", "--ema", "0.9"]
        whole = uninterrupted(*options, data=data)
        parts = SCRATCH / "runs" / f"parts {name}"
        process = started(parts.name, *options, data=data)
        for line in process.stdout:
            if line.startswith("warm-up: step 2 "):
                process.send_signal(signal.SIGINT)
                break
        out, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 128 + signal.SIGINT, f"exit status {process.returncode}\n{out}"
        for file in ("model.pt", "checkpoint.pt", "losses.csv", "web/index.html"):
            assert (parts / file).stat().st_size > 0, file
        assert losses(parts) == losses(whole)[:1], "a header and no rows"
        assert (parts / "latest_net_G_ema.pth").read_bytes() == (parts / "latest_net_G.pth").read_bytes(), "an average of nothing learnt"
        _, said = train(parts.name, *options, "--continue_train", data=data)
        assert_same_run(parts, whole)
        assert not (parts / "losses.1.csv").exists(), said
    return check


def killed_in_the_warm_up(*frequency):
    def check():
        options = ["--warmup_steps", "60", "--print_freq", "1", "--ema", "0.9", *frequency]
        name = "kill in the warm-up " + "".join(frequency)
        whole = uninterrupted(*options)
        parts = SCRATCH / "runs" / name
        process = started(parts.name, *options)
        wait_for(parts / "latest_net_F.pth", process)
        process.kill()
        out, _ = process.communicate(timeout=LIMIT)
        assert "warm-up: step 1 " in out and "warm-up: step 60 " not in out, out
        # As if the kill had come after the first steps behind the warm-up.
        shutil.copy(whole / "losses.csv", parts)
        _, said = train(parts.name, *options, "--continue_train")
        assert "warm-up: step 60 " in said and "warm-up: step 1 " not in said, said
        assert_same_run(parts, whole)
        assert not (parts / "losses.1.csv").exists(), said
    return check


def state(path):
    about = path.stat() if path.exists() else None
    return about and (about.st_ino, about.st_size)


def wait_for_change(path, process):
    """Until there is another file at `path` than now or more in it, or the process has ended."""
    before, end = state(path), time.monotonic() + LIMIT
    while state(path) == before and process.poll() is None:
        assert time.monotonic() < end, f"{path} stays as it is"
        time.sleep(0.001)


def killed_between_any_two_files():
    options = ["--n_epochs", "14", "--save_latest_freq", "1", "--ema", "0.9"]
    whole = uninterrupted(*options)
    parts = SCRATCH / "runs" / "parts kill"
    for name in ("checkpoint.pt", "latest_net_G.pth", "latest_net_F.pth", "model.pt", "latest_net_G_ema.pth", "losses.csv"):
        process = started(parts.name, *options, *(["--continue_train"] if (parts / "checkpoint.pt").exists() else []))
        wait_for(parts / "checkpoint.pt", process)
        wait_for_change(parts / name, process)
        process.kill()
        process.communicate(timeout=LIMIT)
    train(parts.name, *options, "--continue_train")
    assert_same_run(parts, whole)


def half_written_files_are_not_taken():
    parts, _ = train("half", "--max_steps", 2)
    for name in (".checkpoint.pt.7.0.tmp", ".latest_net_G.pth.7.0.tmp", ".model.pt.7.0.tmp"):
        (parts / name).write_bytes(b"PK\3\4 half of it")
    train("half", "--continue_train")
    assert not leftovers(parts), leftovers(parts)
    whole = uninterrupted()
    assert_same_run(parts, whole)
    _, said = train("half", "--continue_train")
    assert "nothing is left" in said and "--n_epochs" in said, said
    assert_same_run(parts, whole)


plain_start.restore()
check_all([(f"a continued run equals an uninterrupted one: {name}", equals(name, options)) for name, options in VARIANTS.items()] + [
    ("a continued run equals an uninterrupted one: SinCUT, with noise in every pass", equals("SinCUT", [*SINCUT, "--ema", "0.9"], ONE)),
    ("a continued run keeps its seed, and says so where another is given", keeps_its_seed),
    ("Ctrl-C saves, ends with status 130, and the run goes on as if it had not come", stopped_by(signal.SIGINT)),
    ("SIGTERM saves, ends with status 143, and the run goes on as if it had not come", stopped_by(signal.SIGTERM)),
    ("a closed terminal saves, ends with status 129, and the run goes on as if it had not come", stopped_by(signal.SIGHUP)),
    ("a run under nohup outlives its terminal", without_a_terminal),
    ("a run whose parent ignores SIGINT goes on when it comes", ignores(signal.SIGINT)),
    ("a run whose parent ignores SIGTERM goes on when it comes", ignores(signal.SIGTERM)),
    ("a run outlives the reader of its lines", reader_goes),
    ("Ctrl-C within the warm-up saves, and the run goes on as if it had not come", stopped_in_the_warm_up("warm-up")),
    ("and within one with dropout", stopped_in_the_warm_up("warm-up with dropout", ["--no_dropout", "False"])),
    ("and within SinCUT's, which draws noise", stopped_in_the_warm_up("SinCUT's warm-up", SINCUT, ONE)),
    ("a run that was killed in its warm-up goes on from what --save_latest_freq saved", killed_in_the_warm_up("--save_latest_freq", "1")),
    ("and from what --save_minutes saved", killed_in_the_warm_up("--save_minutes", "1e-9")),
    ("a run that was killed as each of its files was written equals an uninterrupted one", killed_between_any_two_files),
    ("files that a killed run had begun are not taken for whole ones, and go", half_written_files_are_not_taken),
])
