#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a run leaves, and who can read it: files_test.py CUT-TRAINER CUT-MODEL, and CUT_MODULE_PATH names the folders of modules
cpu and torch. Prints TAP."""
import collections
import pathlib
import re
import shutil
import struct

from program import (CUT_MODEL, DATA, NETWORKS, ONE, SCRATCH, SINCUT, TRAINER, assert_same_run, command, losses, refusal, run, train,
                     write_png)
from tap import check_all

GOLDEN_STEPS = pathlib.Path(__file__).resolve().parents[2] / "golden" / "steps" / "cut"

try:
    import torch
except ImportError:
    torch = None


def every_file_is_there(*options):
    def check():
        folder, _ = train("files " + "".join(options), *options)
        for name in ["model.pt", "checkpoint.pt", "options.toml", "losses.csv", "web/index.html", *NETWORKS]:
            assert (folder / name).stat().st_size > 0, name
        assert len(list(folder.glob("events.out.tfevents.*"))) == 1
        assert len(losses(folder)) == 1 + 6
    return check


def model_file_tells_what_it_is():
    folder, _ = train("model", "--licence", "CC-BY-4.0", "--attribution", "Jürgen")
    status, out, err = run(CUT_MODEL, "inspect", folder / "model.pt")
    assert status == 0, err
    for text in ("CC-BY-4.0", "Jürgen", "--attribution", "resnet"):
        assert text in out, f"{text} is not in\n{out}"
    status, out, err = run(CUT_MODEL, "verify", folder / "model.pt")
    assert status == 0, out + err


def pytorch_reads_the_networks():
    if torch is None:
        return "python3-torch is not installed"
    folder, _ = train("torch")
    weights = {name: torch.load(folder / name) for name in NETWORKS}
    for tensors in weights.values():
        assert all(torch.isfinite(tensor).all() for tensor in tensors.values())
    g, d, f = (list(weights[name]) for name in NETWORKS)
    assert type(weights[NETWORKS[0]]) is collections.OrderedDict
    assert g[0] == "model.1.weight" and "model.7.filt" in g, g
    assert d[0] == "model.0.weight" and "model.2.filt" in d, d
    assert f[:4] == ["mlp_0.0.weight", "mlp_0.0.bias", "mlp_0.2.weight", "mlp_0.2.bias"], f
    model = torch.load(folder / "model.pt")
    for name, tensor in weights[NETWORKS[0]].items():
        assert torch.equal(model["state_dict"][name], tensor), name
    prepared = model["preprocessing"]
    assert (prepared["mode"], prepared["load_size"], prepared["crop_size"]) == ("resize_and_crop", 20, 16), prepared
    assert model["spec"]["blocks"] == 4 and model["sample"]["input"].shape == model["sample"]["output"].shape, model["spec"]
    return None


def pytorch_reads_the_checkpoint():
    if torch is None:
        return "python3-torch is not installed"
    folder, _ = train("torch checkpoint")
    checkpoint = torch.load(folder / "checkpoint.pt")
    assert isinstance(checkpoint, dict) and checkpoint
    return None


def dry_run_writes_nothing():
    folder, said = train("dry", "--dry_run")
    assert not folder.exists()
    for word in ("resnet_4blocks ngf 4", "n_layers, ndf 4", "mlp_sample"):
        assert word in said, f"{word} is not in\n{said}"
    for line in (r"  G +\d+\.\d+ million parameters, .*", r"  D +\d+\.\d+ million parameters, .*", r"  F +\d+\.\d+ million parameters, .*",
                 r"One step on cpu with 1 thread: [\d.]+ s; peak memory \d+ MiB; .*"):
        assert re.search(f"^{line}$", said, re.MULTILINE), f"{line} is not in\n{said}"


def dry_run_tells_what_the_options_come_to():
    _, said = train("dry", "--dry_run", "--CUT_mode", "FastCUT", "--lambda_NCE", 3, "--nce_layers", "8,0", "--gpu_ids", -1)
    shown = dict(re.findall(r"^  (\w+) +(\S+)$", said.split("\nNetworks")[0], re.MULTILINE))
    expected = {"lambda_NCE": "3", "nce_idt": "false", "flip_equivariance": "true", "nce_layers": "0,8", "device": "cpu", "n_epochs": "1",
                "lr": "0.0002", "crop_size": "16"}
    assert {name: shown.get(name) for name in expected} == expected, said


def resolved(said):
    """Options and values as --dry_run prints them."""
    return [line for line in said.split("\nNetworks")[0].splitlines() if not re.match(r"  dry_run ", line)]


def a_run_starts_from_another_s_options():
    options = ["--CUT_mode", "FastCUT", "--lambda_NCE", 3, "--nce_layers", "8,0", "--suffix", "ngf{ngf}", "--warmup_steps", 2, "--seed", 5,
               "--attribution", 'Jürgen "J" \\ # 1']
    first, _ = train("options", *options)
    assert not first.exists()
    first = first.with_name("options_ngf4")
    shown = [run(TRAINER, "train", *words, "--dry_run") for words in
             (command("options", *options)[2:], ["--config", first / "options.toml"])]
    assert [status for status, _, _ in shown] == [0, 0], shown
    assert resolved(shown[1][1]) == resolved(shown[0][1])
    again = first.with_name("again")
    status, out, err = run(TRAINER, "train", "--config", first / "options.toml", "--name", again.name)
    assert status == 0, out + err
    assert_same_run(again, first)
    # A continued run is the same run: what starts from its options begins anew.
    assert run(TRAINER, "train", "--config", first / "options.toml", "--continue_train")[0] == 0
    assert "continue_train = false" in (first / "options.toml").read_text()
    assert (first / "options.toml").read_text() == (again / "options.toml").read_text().replace('"again"', '"options_ngf4"')


def options_of_other_methods_are_read_back():
    for name, options, data in (("cycle", ["--model", "cycle_gan"], DATA), ("single", SINCUT, ONE)):
        words = command(name, *options, "--max_steps", 1, data=data)
        status, out, err = run(*words)
        assert status == 0, out + err
        shown = [run(*words, "--dry_run"), run(TRAINER, "train", "--config", SCRATCH / "runs" / name / "options.toml", "--dry_run")]
        assert [status for status, _, _ in shown] == [0, 0], shown
        assert resolved(shown[1][1]) == resolved(shown[0][1]), name


def dry_run_counts_the_warm_up():
    short, long = (train("dry", "--dry_run", "--warmup_steps", steps)[1] for steps in (1, 1000000000))
    assert re.search(r"the whole run about [\d.]+ minutes", short), short
    assert re.search(r"the whole run about \d+\.\d hours", long), long


def epochs_and_iterations_are_kept():
    folder, _ = train("kept", "--save_epoch_freq", 1, "--save_latest_freq", 2, "--save_by_iter")
    for prefix in ("1", "2", "iter_2", "iter_4", "iter_6"):
        for network in "GDF":
            assert (folder / f"{prefix}_net_{network}.pth").exists(), prefix


def another_run_gives_its_networks():
    first, _ = train("first")
    second, _ = train("second", "--pretrained_name", "first", "--lr", 0)
    for name in NETWORKS:
        assert (second / name).read_bytes() == (first / name).read_bytes(), name
    assert "nowhere" in refusal("third", "--pretrained_name", "nowhere")


def the_reference_s_networks_are_taken():
    """As it saves them, and as it does on a CPU, where every name begins with "module."."""
    if torch is None:
        return "python3-torch is not installed"
    networks = "--netG resnet_6blocks --ngf 4 --ndf 4 --netD basic --netF_nc 16 --nce_layers 0,4,8,12 --crop_size 32 --load_size 36".split()
    for name, prefix in (("theirs", ""), ("theirs of a CPU", "module.")):
        folder = SCRATCH / "runs" / name
        folder.mkdir(parents=True)
        for network in "GDF":
            shutil.copy(GOLDEN_STEPS / f"initial_net_{network}.pth", folder / f"latest_net_{network}.pth")
            if prefix:
                weights = torch.load(folder / f"latest_net_{network}.pth")
                torch.save(collections.OrderedDict((prefix + key, tensor) for key, tensor in weights.items()),
                           folder / f"latest_net_{network}.pth")
        ours, said = train("from " + name, *networks, "--pretrained_name", name, "--lr", 0, "--max_steps", 1)
        assert "starts from its initialisation" not in said, said
        for network in "GDF":
            weights, expected = torch.load(ours / f"latest_net_{network}.pth"), torch.load(GOLDEN_STEPS / f"initial_net_{network}.pth")
            assert list(weights) == list(expected), list(weights)
            assert all(torch.equal(weights[key], expected[key].float()) for key in expected), network
    return None


def cycle_gan_s_networks_go_both_ways():
    if torch is None:
        return "python3-torch is not installed"
    networks = ("--model cycle_gan --netG resnet_6blocks --netD basic --crop_size 32 --load_size 36 --pretrained_name theirs4 "
                "--lr 0 --max_steps 1 --ema 0.9").split()
    golden = GOLDEN_STEPS.with_name("cyclegan")
    folder = SCRATCH / "runs" / "theirs4"
    folder.mkdir(parents=True)
    names = ["G_A", "G_B", "D_A", "D_B"]
    for name in names:
        shutil.copy(golden / f"initial_net_{name}.pth", folder / f"latest_net_{name}.pth")
    ours, said = train("from theirs4", *networks)
    assert "starts from its initialisation" not in said, said
    for name in names:
        weights, expected = torch.load(ours / f"latest_net_{name}.pth"), torch.load(golden / f"initial_net_{name}.pth")
        assert list(weights) == list(expected), list(weights)
        assert all(torch.equal(weights[key], expected[key].float()) for key in expected), name
    assert sorted(path.name for path in ours.glob("latest_net_*")) == sorted(
        [f"latest_net_{name}.pth" for name in names] + ["latest_net_G_A_ema.pth"])
    return None


def a_trained_unet_translates():
    folder, _ = train("unet", *"--model cycle_gan --netG unet_128 --crop_size 128 --load_size 128 --max_steps 1".split())
    status, out, err = run(CUT_MODEL, "verify", folder / "model.pt")
    assert status == 0, out + err
    picture = SCRATCH / "unet.png"
    status, out, err = run(TRAINER, "translate", "--engine", "cpu", "--model", folder / "model.pt", DATA / "trainA" / "0.png", picture)
    assert status == 0, out + err
    assert picture.read_bytes().startswith(b"\x89PNG")


def the_reference_s_folder_goes_on():
    folder, _ = train("reference")
    before = {name: (folder / name).read_bytes() for name in NETWORKS}
    for path in list(folder.iterdir()):
        if path.is_file() and path.name not in NETWORKS:
            path.unlink()
    _, said = train("reference", "--continue_train", "--lr", 0)
    assert "begin anew" in said, said
    assert {name: (folder / name).read_bytes() for name in NETWORKS} == before


def the_model_translates():
    folder, _ = train("translates")
    picture = SCRATCH / "picture.png"
    status, out, err = run(TRAINER, "translate", "--model", folder / "model.pt", DATA / "trainA" / "0.png", picture)
    assert status == 0, out + err
    assert picture.read_bytes().startswith(b"\x89PNG")


def a_sincut_model_translates_what_is_larger():
    """And says what it is; `cut-trainer test` shows the one image."""
    folder, said = train("sincut", *SINCUT, "--dry_run", data=ONE)
    assert "stylegan2 ngf 1 at 16x16" in said and "2 steps an epoch" in said, said
    folder, _ = train("sincut", *SINCUT, data=ONE)
    header = losses(folder)[0]
    assert "D_R1" in header and "idt" in header and "NCE_Y" in header, header
    status, out, err = run(CUT_MODEL, "inspect", folder / "model.pt")
    assert status == 0 and "stylegan2 ngf 1 at 16x16" in out, out + err
    large = SCRATCH / "large.png"
    write_png(large, 90, 50, bytes(90 * 50 * 3))
    picture = SCRATCH / "large translated.png"
    status, out, err = run(TRAINER, "translate", "--model", folder / "model.pt", "--engine", "torch", large, picture)
    assert status == 0, out + err
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == (90, 50)


check_all([
    ("a run leaves every file", every_file_is_there()),
    ("a run leaves every file whatever the frequencies", every_file_is_there(
        "--save_latest_freq", "1000000", "--save_epoch_freq", "1000", "--display_freq", "1000000", "--print_freq", "1000000",
        "--update_html_freq", "1000000")),
    ("model.pt tells spec, licence, attribution and command, and is verified", model_file_tells_what_it_is),
    ("PyTorch reads the networks, under the reference's names", pytorch_reads_the_networks),
    ("PyTorch reads the checkpoint", pytorch_reads_the_checkpoint),
    ("options.toml starts a run that resolves to the same options and equals it bit by bit", a_run_starts_from_another_s_options),
    ("and so it is with CycleGAN and SinCUT", options_of_other_methods_are_read_back),
    ("a dry run prints sizes and memory and writes nothing", dry_run_writes_nothing),
    ("a dry run prints the configuration as presets, options and order settle it", dry_run_tells_what_the_options_come_to),
    ("the time of a whole run counts the warm start", dry_run_counts_the_warm_up),
    ("epochs and iterations are kept under their names", epochs_and_iterations_are_kept),
    ("--pretrained_name starts from another run", another_run_gives_its_networks),
    ("--pretrained_name starts from the reference's networks, also with its prefix", the_reference_s_networks_are_taken),
    ("--continue_train takes the reference's files where there is no checkpoint", the_reference_s_folder_goes_on),
    ("cut-trainer translate runs the model that was just made", the_model_translates),
    ("a SinCUT model tells what it is, and translates images larger than its patches", a_sincut_model_translates_what_is_larger),
    ("CycleGAN's networks are the reference's and have its names, and the average is of the generator to B", cycle_gan_s_networks_go_both_ways),
    ("a U-Net that was just trained runs in engine cpu", a_trained_unet_translates),
])
