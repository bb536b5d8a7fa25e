#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What goes wrong is said in one sentence, and nothing is lost: failures_test.py CUT-TRAINER. Prints TAP."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from program import (LIMIT, NETWORKS, SCRATCH, command, leftovers, losses, make_data, refusal, run, train)
from tap import check_all


def kept(folder):
    return {name: (folder / name).read_bytes() for name in ["checkpoint.pt", "model.pt", *NETWORKS]}


def nan_stops_the_run():
    # Without norms, steps of 10 are soon beyond what a float holds.
    options = "--normD none --ndf 64 --n_layers_D 3 --crop_size 32 --load_size 32 --lambda_GAN 100000 --n_epochs 20".split()
    folder, _ = train("nan", *options, "--max_steps", 2)
    before = kept(folder)
    sentence = refusal("nan", *options, "--lr", 10, "--save_epoch_freq", 1000, "--continue_train")
    assert "the loss " in sentence and "step " in sentence and str(folder / "checkpoint.pt") in sentence, sentence
    assert kept(folder) == before
    sentence = refusal("nan-at-once", *options, "--lr", 10, "--save_epoch_freq", 1000)
    assert "No good state had been saved" in sentence and "lower --lr" in sentence, sentence


def nan_stops_the_warm_up():
    # Without norms, gains of 1000 in every layer are beyond what a float holds.
    sentence = refusal("nan in the warm-up", "--normG", "none", "--netG", "resnet_9blocks", "--init_gain", 1000, "--warmup_steps", 5)
    assert "the loss reconstruction of warm-up step 1 is " in sentence and "No good state had been saved" in sentence, sentence


def fill(path):
    """Takes all the room of a file system that others write to as well."""
    with path.open("wb", buffering=0) as filler:
        while True:
            try:
                filler.write(bytes(4096))
            except OSError:
                return


def on_a_small_disk(size, check):
    """`check` with the folder of a file system of that size; what cannot have one is skipped, with the reason."""
    def mounted():
        if os.geteuid() != 0:
            return "mounting a small file system needs root"
        disk = pathlib.Path(tempfile.mkdtemp(dir=SCRATCH))
        if run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk)[0] != 0:
            return "no tmpfs can be mounted here"
        try:
            check(disk)
        finally:
            run("umount", disk)
        return None
    return mounted


def full_for_a_while(disk):
    process = None
    try:
        process = subprocess.Popen(command("filling", "--n_epochs", 100000, "--save_epoch_freq", 50, "--print_freq", 1000000, runs=disk),
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lines = iter(process.stdout.readline, "")
        next(lines)  # the first step
        folder = disk / "filling"
        while not (folder / "checkpoint.pt").exists():
            time.sleep(0.05)
        fill(disk / "filler")
        told = next(line for line in lines if line.startswith(("not saved: ", "not written: ")))
        assert "No space left" in told and "Training goes on" in told, told
        time.sleep(4)  # longer than rows wait to be written
        assert process.poll() is None, "the run ended: " + "".join(lines)
        (disk / "filler").unlink()
        time.sleep(4)
        process.send_signal(signal.SIGINT)
        rest = "".join(lines)
        assert process.wait(LIMIT) == 128 + signal.SIGINT, rest
        steps = [int(row[0]) for row in losses(folder)[1:]]
        assert steps == list(range(1, len(steps) + 1)), "rows are missing"
    finally:
        if process:
            process.kill()
            process.wait()


def full_at_the_end(disk):
    folder, _ = train("full", "--max_steps", 2, runs=disk)
    before = kept(folder)
    room = os.statvfs(disk)
    (disk / "filler").write_bytes(bytes((room.f_bavail - 8) * room.f_bsize))
    sentence = refusal("full", "--continue_train", runs=disk)
    assert "No space left" in sentence and str(folder) in sentence, sentence
    assert kept(folder) == before and not leftovers(folder), leftovers(folder)
    (disk / "filler").unlink()
    train("full", "--continue_train", runs=disk)
    whole, _ = train("not full")
    for name in NETWORKS:
        assert (folder / name).read_bytes() == (whole / name).read_bytes(), name


def vanished_folder():
    data = make_data(SCRATCH / "vanishing")
    options = ["--n_epochs", 200, "--save_latest_freq", 1]
    folder = SCRATCH / "runs" / "vanished"
    process = subprocess.Popen(command("vanished", *options, data=data), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + LIMIT
    while not (folder / "checkpoint.pt").exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    data.rename(SCRATCH / "elsewhere")
    _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and str(data) in err.splitlines()[-1], f"{process.returncode}\n{err}"
    (SCRATCH / "elsewhere").rename(data)
    train("vanished", *options, "--continue_train", "--max_steps", 2, data=data)


def corrupt_image():
    data = make_data(SCRATCH / "corrupt", images=4)
    whole = (data / "trainA" / "1.png").read_bytes()
    (data / "trainA" / "1.png").write_bytes(whole[:200])
    (data / "trainA" / "2.png").write_bytes(b"no image")
    _, said = train("corrupt", data=data)
    for name in ("1.png", "2.png"):
        assert any("skipped" in line and name in line for line in said.splitlines()), said
    assert "2 images could not be used and were skipped" in said, said


def only_corrupt_images():
    first, _ = train("ruins")
    before = kept(first)
    data = make_data(SCRATCH / "ruins")
    for image in (data / "trainA").iterdir():
        image.write_bytes(image.read_bytes()[:200])
    status, out, err = run(*command("ruins", data=data))
    assert status == 1 and "none of its 3 images can be used" in err.splitlines()[-1], err
    for name in ("0.png", "1.png", "2.png"):
        assert any(line.startswith("skipped") and name in line for line in out.splitlines()), out
    assert kept(first) == before and not first.with_name("ruins.1").exists()


def domains_of_two_sizes():
    data = make_data(SCRATCH / "sizes", images=2)
    for image in (data / "trainB").iterdir():
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", image, "-vf", "scale=48:24", image.with_suffix(".bmp")], check=True)
        image.unlink()
    train("sizes", "--preprocess", "none", "--nce_idt", "true", data=data)


def empty_domain():
    data = make_data(SCRATCH / "empty")
    shutil.rmtree(data / "trainB")
    (data / "trainB").mkdir()
    sentence = refusal("empty", data=data)
    assert "trainB" in sentence, sentence
    assert not (SCRATCH / "runs" / "empty").exists()


def wrong_option():
    sentence = refusal("wrong", "--lamda_NCE", 1, status=2)
    assert "--lambda_NCE" in sentence, sentence
    assert "--lr" in refusal("wrong", "--lr", "1e30", status=2)
    assert not (SCRATCH / "runs" / "wrong").exists()


def no_card():
    sentence = refusal("card", "--device", "cuda:0")
    assert "cuda" in sentence.lower(), sentence
    assert not (SCRATCH / "runs" / "card").exists()


def not_enough_memory():
    def limited(*options):
        return run("bash", "-c", 'ulimit -v 2000000 && exec "$@"', "bash", *command("memory", "--max_steps", 1, *options))
    if limited()[0] != 0:
        return "this build takes too much address space to be given a limit"
    status, _, err = limited("--crop_size", 512, "--load_size", 512, "--ngf", 64)
    sentence = err.splitlines()[-1]
    assert status == 1 and "not enough memory" in sentence and "--crop_size" in sentence, f"{status}: {err}"
    return None


def damaged_checkpoint():
    folder, _ = train("damaged", "--max_steps", 2)
    whole = (folder / "checkpoint.pt").read_bytes()
    for damaged in (whole[:len(whole) // 2], b"", b"no checkpoint at all"):
        (folder / "checkpoint.pt").write_bytes(damaged)
        before = kept(folder)
        sentence = refusal("damaged", "--continue_train")
        assert str(folder / "checkpoint.pt") in sentence, sentence
        assert kept(folder) == before
    (folder / "checkpoint.pt").write_bytes(whole)
    train("damaged", "--continue_train")


def checkpoint_of_other_networks():
    folder, _ = train("other", "--max_steps", 2)
    before = kept(folder)
    for options in (["--ngf", 8], ["--ndf", 8], ["--netG", "resnet_6blocks"], ["--netF_nc", 16]):
        sentence = refusal("other", *options, "--continue_train")
        assert str(folder / "checkpoint.pt") in sentence, sentence
        assert f"--config {folder / 'options.toml'} gives them" in sentence, sentence
        assert kept(folder) == before


def image_too_small_for_the_discriminator():
    sentence = refusal("small", "--netD", "basic")
    assert "crop_size" in sentence, sentence


def layer_that_the_generator_lacks():
    sentence = refusal("layers", "--nce_layers", "0,99")
    assert "--nce_layers" in sentence and "99" in sentence, sentence


def same_name():
    first, _ = train("twice")
    before = kept(first)
    second, said = train("twice", "--seed", 3)
    aside = first.with_name("twice.1")
    assert str(aside) in said, said
    assert kept(aside) == before and kept(second) != before


def same_name_as_the_reference_s():
    first, _ = train("theirs")
    before = (first / NETWORKS[0]).read_bytes()
    for name in ("checkpoint.pt", "model.pt"):
        (first / name).unlink()
    train("theirs", "--seed", 3)
    assert (first.with_name("theirs.1") / NETWORKS[0]).read_bytes() == before


def nothing_to_continue():
    sentence = refusal("never", "--continue_train")
    assert "--continue_train" in sentence, sentence
    assert not (SCRATCH / "runs" / "never").exists()


def no_such_epoch():
    folder, _ = train("epochs", "--max_steps", 1)
    before = kept(folder)
    sentence = refusal("epochs", "--continue_train", "--epoch", 7)
    assert "has no 7_net_G.pth" in sentence and "leave out --epoch" in sentence and "checkpoint.pt" not in sentence, sentence
    assert kept(folder) == before


def same_name_while_its_data_are_missing():
    first, _ = train("once")
    before = kept(first)
    refusal("once", data=SCRATCH / "nowhere")
    assert kept(first) == before and not first.with_name("once.1").exists()


def removed_run_folder():
    whole, _ = train("there", "--n_epochs", 10)
    folder = SCRATCH / "runs" / "gone"
    process = subprocess.Popen(command("gone", "--n_epochs", 10, "--save_latest_freq", 1), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    while not (folder / "checkpoint.pt").exists() and process.poll() is None:
        time.sleep(0.01)
    folder.rename(folder.with_name("gone.away"))
    process.wait(timeout=LIMIT)
    for name in ["checkpoint.pt", "model.pt", *NETWORKS]:
        assert (folder / name).exists(), name
    for name in NETWORKS:
        assert (folder / name).read_bytes() == (whole / name).read_bytes()


check_all([
    ("a loss that is not finite ends the run with its step, its name and the checkpoint, which stays", nan_stops_the_run),
    ("so does one of the warm-up", nan_stops_the_warm_up),
    ("a disk that is full for a while loses no row and ends nothing", on_a_small_disk("4m", full_for_a_while)),
    ("a full disk is named, no half file stays, and the run goes on when there is room", on_a_small_disk("2m", full_at_the_end)),
    ("a data folder that vanishes ends the run with its name, and the run goes on when it is back", vanished_folder),
    ("images that are damaged are named and skipped", corrupt_image),
    ("where all are damaged each is named, and an earlier run of the name stays where it is", only_corrupt_images),
    ("images of the two domains may differ in size where nothing is cropped", domains_of_two_sizes),
    ("an empty domain is an error that leaves nothing", empty_domain),
    ("a wrong option is answered with the nearest one or its range, and leaves nothing", wrong_option),
    ("a card that is not there is an error that leaves nothing", no_card),
    ("where the memory is not enough, the options that take it are named", not_enough_memory),
    ("a damaged checkpoint is named and stays as it is", damaged_checkpoint),
    ("a checkpoint of other networks is refused and stays as it is", checkpoint_of_other_networks),
    ("layers that the generator lacks are refused with the option", layer_that_the_generator_lacks),
    ("images that are too small for the discriminator are refused with the option", image_too_small_for_the_discriminator),
    ("a run of the same name moves the earlier one aside and says so", same_name),
    ("so does one of the name of the reference's run", same_name_as_the_reference_s),
    ("--continue_train of a run that never was is an error that leaves nothing", nothing_to_continue),
    ("so is an epoch that was not kept", no_such_epoch),
    ("a run that cannot begin leaves the earlier one of its name where it is", same_name_while_its_data_are_missing),
    ("a run whose folder is moved away makes it anew", removed_run_folder),
])
