#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""PyTorch reads what we write, and we read what PyTorch writes: interop.py CUT-MODEL GOLDEN-FOLDER CPU-MODULE-FOLDER.
Prints TAP."""
import argparse
import collections
import os
import pathlib
import subprocess
import sys

try:
    import torch
    import torch.nn.utils.prune
except ImportError:
    print("1..0 # SKIP python3-torch is not installed")
    sys.exit(0)

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import networks  # noqa: E402
import python2_pickle  # noqa: E402
from frames import mirrored  # noqa: E402
from tap import check_all, in_a_folder  # noqa: E402

CUT_MODEL = sys.argv[1]
GENERATORS = sorted((pathlib.Path(sys.argv[2]) / "generator").glob("*.pth"))
CPU_MODULES = sys.argv[3]
SHIPPED = pathlib.Path(__file__).resolve().parents[2] / "pipelines" / "street.pt"
SMALL = pathlib.Path(sys.argv[2]) / "generator" / "resnet_6blocks_batchnorm.pth"


def convert(source, target, *options):
    done = subprocess.run([CUT_MODEL, "convert", source, target, *options], capture_output=True, text=True, check=False,
                          env={**os.environ, "CUT_MODULE_PATH": CPU_MODULES})
    assert done.returncode == 0, done.stderr


def refusal(source):
    done = subprocess.run([CUT_MODEL, "inspect", source], capture_output=True, text=True, check=False)
    assert done.returncode == 1, f"exit status {done.returncode}: {done.stdout}"
    return done.stderr


def assert_equal(got, expected):
    assert list(got) == list(expected), "other names, or in another order"
    for name, tensor in expected.items():
        assert got[name].dtype == tensor.dtype and got[name].shape == tensor.shape, name
        assert torch.equal(got[name], tensor), name


def reads_our_model_files(folder):
    for path in GENERATORS:
        convert(path, folder / "x.pt", "--no-sample", "--licence", "MIT", "--attribution", "Jürgen")
        model = torch.load(folder / "x.pt", weights_only=True)
        assert model["format"] == "cuttranslate" and model["format_version"] == 1
        assert model["licence"] == "MIT" and model["attribution"] == "Jürgen" and model["sample"] is None
        assert path.name.startswith(model["spec"]["architecture"])
        assert float(model["preprocessing"]["scale"]) == 1 / 127.5 and float(model["preprocessing"]["offset"]) == -1
        assert type(model["state_dict"]) is collections.OrderedDict
        assert_equal(model["state_dict"], torch.load(path))


def reads_the_shipped_model(_folder):
    model = torch.load(SHIPPED, weights_only=True)
    sample = model["sample"]
    assert sample["input"].shape == sample["output"].shape == (1, 3, 64, 64) and sample["output"].dtype == torch.float32
    assert type(model["int8_ranges"]) is collections.OrderedDict and model["int8_ranges"]
    for name, ranges in model["int8_ranges"].items():
        layer, kind = name.rsplit(".", 1)
        assert ranges.shape == (36 if kind == "frequencies" else model["state_dict"][layer + ".weight"].shape[1],), name
        assert ranges.dtype == torch.float32 and (ranges > 0).all(), name


def opens_without_older_int8_ranges(folder):
    """Before ranges of the inputs themselves, a layer had two tensors."""
    convert(SMALL, folder / "x.pt", "--no-sample", "--licence", "MIT")
    model = torch.load(folder / "x.pt", weights_only=True)
    layer = "model.11.conv_block.1"
    model["int8_ranges"] = collections.OrderedDict(
        {f"{layer}.channels": torch.ones(model["spec"]["ngf"] * 4), f"{layer}.frequencies": torch.ones(36)})
    torch.save(model, folder / "old.pt")
    done = subprocess.run([CUT_MODEL, "inspect", folder / "old.pt"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "cut-model quantize adds them" in done.stdout, done.stdout + done.stderr


def reads_our_state_dicts(folder):
    for path in GENERATORS:
        convert(path, folder / "x.pth")
        weights = torch.load(folder / "x.pth", weights_only=True)
        assert type(weights) is collections.OrderedDict
        assert_equal(weights, torch.load(path))


def comes_back(folder, weights, expected=None, **saving):
    torch.save(weights, folder / "in.pth", **saving)
    convert(folder / "in.pth", folder / "out.pth")
    assert_equal(torch.load(folder / "out.pth", weights_only=True), expected or weights)


def is_read_in_every_protocol(folder):
    for protocol in range(2, 6):
        comes_back(folder, torch.load(SMALL), pickle_protocol=protocol)


def is_read_as_a_plain_dict_and_with_metadata(folder):
    weights = torch.load(SMALL)
    comes_back(folder, dict(weights))
    weights._metadata = collections.OrderedDict([("", {"version": 2}), ("model", {"version": 1})])
    comes_back(folder, weights)


def is_read_in_every_float_type(folder):
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        weights = torch.load(SMALL)
        comes_back(folder, {k: v.to(dtype) if v.is_floating_point() else v for k, v in weights.items()})


def is_read_with_a_module_prefix(folder):
    weights = torch.load(SMALL)
    comes_back(folder, {"module." + k: v for k, v in weights.items()}, weights)


def is_read_where_tensors_are_views(folder):
    weights = torch.load(SMALL)
    views = {}
    for name, tensor in weights.items():
        if tensor.dim() == 4:
            views[name] = tensor.to(memory_format=torch.channels_last)
        elif tensor.dim() == 1:
            views[name] = torch.stack([tensor, tensor + 1], 1)[:, 0]
        else:
            views[name] = tensor
    comes_back(folder, views, weights)
    flat = torch.cat([tensor.flatten() for tensor in weights.values() if tensor.is_floating_point()])
    at, shared = 0, {}
    for name, tensor in weights.items():
        if tensor.is_floating_point():
            shared[name] = flat[at:at + tensor.numel()].view(tensor.shape)
            at += tensor.numel()
        else:
            shared[name] = tensor
    comes_back(folder, shared, weights)


def is_read_as_parameters(folder):
    weights = torch.load(SMALL)
    comes_back(folder, {k: torch.nn.Parameter(v) if v.is_floating_point() else v for k, v in weights.items()}, weights)


def is_read_in_the_older_format(folder):
    weights = torch.load(SMALL)
    comes_back(folder, weights, _use_new_zipfile_serialization=False)
    comes_back(folder, {k: v.to(torch.float16) if v.is_floating_point() else v for k, v in weights.items()},
               _use_new_zipfile_serialization=False)
    shared = {k: v.t().contiguous().t() if v.dim() == 2 else v for k, v in weights.items()}
    comes_back(folder, {k: torch.nn.Parameter(v) if v.is_floating_point() else v for k, v in shared.items()}, weights,
               _use_new_zipfile_serialization=False)


def is_read_from_a_whole_checkpoint(folder):
    weights = torch.load(SMALL)
    layer = torch.nn.Conv2d(1, 1, 1)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.ones(1, 1, 1, 1)).sum().backward()
    optimizer.step()
    for key in ("netG", "model", "state_dict", "G"):
        comes_back(folder, {"epoch": 3, "loss": 0.5, "optimizer": optimizer.state_dict(), key: weights,
                            "netD": layer.state_dict()}, weights)
    comes_back(folder, {"models": {"generator": weights}, "names": ["a", None]}, weights,
               _use_new_zipfile_serialization=False)


def network_of(source):
    done = subprocess.run([CUT_MODEL, "inspect", source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(line.split(maxsplit=1)[1] for line in done.stdout.splitlines() if line.startswith("network"))


def computes_the_same(folder, source, network, multiple):
    """What the engine cpu makes of the weights in `source` is what `network` makes of the same picture, to 1e-4."""
    convert(source, folder / "sampled.pt")
    sample = torch.load(folder / "sampled.pt", weights_only=True)["sample"]
    height, width = sample["input"].shape[2:]
    with torch.no_grad():
        expected = network.eval()(mirrored(sample["input"], multiple))[:, :, :height, :width]
    assert expected.std() > 0.1, "a picture that shows nothing"
    difference = (sample["output"] - expected).abs().max()
    assert difference <= 1e-4, f"differs by {difference}"


def is_the_unet_of_pix2pix(folder):
    """With batch norm's counters, and without them, as PyTorch saved it before 0.4.1."""
    network = networks.unet_256(ngf=2)
    weights = network.state_dict()
    comes_back(folder, weights)
    assert network_of(folder / "in.pth") == "unet_256 ngf 2, 3 -> 3 channels, batch norm"
    for saved in (weights, {k: v for k, v in weights.items() if not k.endswith("num_batches_tracked")}):
        comes_back(folder, saved, _use_new_zipfile_serialization=False)
        computes_the_same(folder, folder / "in.pth", network, 256)


def is_the_resnet_of_cyclegan(folder):
    """Files from before PyTorch 0.4 hold statistics of the instance norms, which were never used."""
    weights = networks.cyclegan_resnet(ngf=4, blocks=9, keeps_statistics=True).state_dict()
    assert any(name.endswith("running_mean") for name in weights)
    network = networks.cyclegan_resnet(ngf=4, blocks=9, keeps_statistics=False)
    used = {name: weights[name] for name in network.state_dict()}
    network.load_state_dict(used)
    comes_back(folder, weights, used, _use_new_zipfile_serialization=False)
    assert network_of(folder / "in.pth") == ("resnet_9blocks ngf 4, 3 -> 3 channels, instance norm, no_antialias, "
                                             "no_antialias_up")
    computes_the_same(folder, folder / "in.pth", network, 4)


def is_read_as_python2_saved_it(folder):
    weights = torch.load(SMALL)
    for saved in (weights, {"epoch": 3, "netG": weights}):
        for zipped in (False, True):
            comes_back(folder, saved, weights, pickle_module=python2_pickle, pickle_protocol=2,
                       _use_new_zipfile_serialization=zipped)


class Thing:
    def __init__(self):
        self.me = self


def is_read_beside_objects_of_any_kind(folder):
    weights = torch.load(SMALL)
    ones = torch.ones(2)
    others = {"counter": collections.Counter("aab"), "set": {1}, "frozen": frozenset([1]), "bytes": [b"a", bytearray(b"a")], "big": [2 ** 99, -2 ** 2100],
              "complex": 1j, "thing": Thing(), "path": folder, "arguments": argparse.Namespace(a=1), "torch": [torch.device("cpu"), torch.float16],
              "keys": {None: 1, (1, 2): 2, int: 3}, "layer": torch.nn.Conv2d(1, 1, 1), "generator": torch.get_rng_state(),
              "tensors": [ones.to(torch.complex64), torch.eye(2).to_sparse(), torch.quantize_per_tensor(ones, 0.1, 0, torch.qint8)]}
    for protocol in range(2, 6):
        comes_back(folder, {**others, "netG": weights}, weights, pickle_protocol=protocol)
    comes_back(folder, {**others, "netG": weights}, weights, _use_new_zipfile_serialization=False)


def is_read_from_an_averaged_model(folder):
    network = networks.cyclegan_resnet(ngf=2, blocks=1, keeps_statistics=False)
    averaged = torch.optim.swa_utils.AveragedModel(network).state_dict()
    other = networks.cyclegan_resnet(ngf=2, blocks=2, keeps_statistics=False).state_dict()
    comes_back(folder, averaged, network.state_dict())
    comes_back(folder, {"netG": other, "swa": averaged}, network.state_dict())


def is_read_when_parametrisations_are_removed_as_the_message_says(folder):
    utils = torch.nn.utils
    for add, remove, said in (
            (utils.weight_norm, utils.remove_weight_norm, "torch.nn.utils.remove_weight_norm(module)"),
            (utils.spectral_norm, utils.remove_spectral_norm, "torch.nn.utils.remove_spectral_norm(module)"),
            (utils.parametrizations.spectral_norm, lambda layer: utils.parametrize.remove_parametrizations(layer, "weight"),
             'torch.nn.utils.parametrize.remove_parametrizations(module, "weight")'),
            (lambda layer: utils.prune.l1_unstructured(layer, "weight", 0.5), lambda layer: utils.prune.remove(layer, "weight"),
             'torch.nn.utils.prune.remove(module, "weight")')):
        network = networks.cyclegan_resnet(ngf=2, blocks=1, keeps_statistics=False).eval()
        layers = [layer for layer in network.modules() if hasattr(layer, "stride")]
        for layer in layers:
            add(layer)
        torch.save(network.state_dict(), folder / "x.pth")
        assert said in refusal(folder / "x.pth")
        for layer in layers:
            remove(layer)
        comes_back(folder, network.state_dict())


def takes_no_name_that_our_list_lacks(_folder):
    """The list is of PyTorch 2.15: a later one may take more, which make_files.py then writes down."""
    from torch import _weights_only_unpickler as unpickler  # pylint: disable=import-outside-toplevel
    ours = set((pathlib.Path(__file__).resolve().parent / "safe_globals.txt").read_text().split())
    new = set(unpickler._get_allowed_globals()) - ours  # pylint: disable=protected-access
    assert not new, f"tests/formats/make_files.py: PyTorch {torch.__version__} takes {sorted(new)}, too"


def is_refused_by_name_otherwise(folder):
    path = folder / "x.pth"
    torch.save(torch.nn.Conv2d(1, 1, 1), path)
    assert "'torch.nn.modules.conv.Conv2d'" in refusal(path)
    torch.save({"epoch": 3, "best": 0.5}, path)
    assert "'epoch'" in refusal(path)
    torch.jit.save(torch.jit.script(torch.nn.Conv2d(1, 1, 1)), path)
    assert "TorchScript" in refusal(path)
    torch.save(torch.zeros(3), path)
    assert "holds a tensor" in refusal(path)


CHECKS = [
    ("PyTorch reads our model files with weights_only", reads_our_model_files),
    ("PyTorch reads the sample and the int8 ranges of the shipped model", reads_the_shipped_model),
    ("PyTorch reads our state_dicts with weights_only", reads_our_state_dicts),
    ("a state_dict of every pickle protocol is read", is_read_in_every_protocol),
    ("a plain dict, and a state_dict with metadata, is read", is_read_as_a_plain_dict_and_with_metadata),
    ("a state_dict of every floating-point type is read", is_read_in_every_float_type),
    ("a state_dict of a wrapped module is read", is_read_with_a_module_prefix),
    ("views, and slices of one storage, are read", is_read_where_tensors_are_views),
    ("parameters are read", is_read_as_parameters),
    ("the format from before 1.6 is read", is_read_in_the_older_format),
    ("a file with int8 ranges of before opens without them", opens_without_older_int8_ranges),
    ("a state_dict is read as Python 2 saved it", is_read_as_python2_saved_it),
    ("a U-Net of pix2pix, old or new, is read and computes what PyTorch computes", is_the_unet_of_pix2pix),
    ("a ResNet of CycleGAN with statistics is read and computes what PyTorch computes", is_the_resnet_of_cyclegan),
    ("the state_dict of a whole checkpoint is read", is_read_from_a_whole_checkpoint),
    ("a state_dict beside objects of any kind is read", is_read_beside_objects_of_any_kind),
    ("the state_dict of an AveragedModel is read", is_read_from_an_averaged_model),
    ("norms and pruning left in are removed as the message says", is_read_when_parametrisations_are_removed_as_the_message_says),
    ("PyTorch's weights_only takes no name that our list lacks", takes_no_name_that_our_list_lacks),
    ("modules, dicts without weights and TorchScript are refused by name", is_refused_by_name_otherwise),
]


if __name__ == "__main__":
    check_all([(name, in_a_folder(check)) for name, check in CHECKS])
