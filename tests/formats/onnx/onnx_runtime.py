# SPDX-License-Identifier: MIT
"""ONNX Runtime computes what the reference computed: onnx_runtime.py CUT-MODEL GOLDEN-FOLDER
TRANSLATE-FLOATS CPU-MODULE-FOLDER [TORCH-MODULE-FOLDER]. Prints TAP."""
import io
import json
import os
import pathlib
import pickle
import struct
import subprocess
import sys
import zipfile

import numpy
import onnxruntime

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from frames import mirrored  # noqa: E402
from tap import check_all, in_a_folder  # noqa: E402

CUT_MODEL, GOLDEN, TRANSLATE_FLOATS, CPU = sys.argv[1], pathlib.Path(sys.argv[2]), *sys.argv[3:5]
TORCH = sys.argv[5] if len(sys.argv) > 5 else ""
CASES = {name: entry for name, entry in json.loads((GOLDEN / "index.json").read_text())["cases"].items()
         if name.startswith("generator/")}
BOUND = 1e-4


class TensorFile(pickle.Unpickler):
    """The tensors of a .pt without PyTorch; no other name is known to it."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        member = next(name for name in self.zip.namelist() if name.endswith("/data.pkl"))
        self.prefix = member[:-len("data.pkl")]
        super().__init__(io.BytesIO(self.zip.read(member)))

    def find_class(self, module, name):
        return {"OrderedDict": dict, "_rebuild_tensor_v2": self.rebuild, "FloatStorage": "<f4", "DoubleStorage": "<f8",
                "LongStorage": "<i8"}[name]

    def persistent_load(self, pid):
        return numpy.frombuffer(self.zip.read(f"{self.prefix}data/{pid[2]}"), dtype=pid[1])

    @staticmethod
    def rebuild(storage, offset, size, stride, *_):
        width = storage.itemsize
        return numpy.lib.stride_tricks.as_strided(storage[offset:], size, [width * s for s in stride])


def convert(source, target, *options, **environment):
    done = subprocess.run([CUT_MODEL, "convert", source, target, *options], capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr


def session(path):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def run(model, frames):
    return model.run(["output"], {"input": numpy.ascontiguousarray(frames, dtype=numpy.float32)})[0]


def assert_close(got, expected):
    assert got.shape == expected.shape, f"{got.shape}; expected {expected.shape}"
    difference = numpy.abs(got - expected).max()
    assert difference <= BOUND, f"differs by {difference}"


def gives_the_references_output(folder, name):
    convert(GOLDEN / f"{name}.pth", folder / "x.onnx")
    tensors = TensorFile(GOLDEN / f"{name}.pt").load()
    assert_close(run(session(folder / "x.onnx"), tensors["input"]), tensors.get("output", tensors.get("output_eval")))


def takes_frames_of_any_size(folder, name, multiple):
    convert(GOLDEN / f"{name}.pth", folder / "x.onnx")
    model = session(folder / "x.onnx")
    random = numpy.random.default_rng(7)
    channels = model.get_inputs()[0].shape[1]
    for height, width in ((37, 53), (1, 130), (64, 8), (5, 1)):
        frames = random.uniform(-1, 1, (1, channels, height, width)).astype(numpy.float32)
        assert_close(run(model, frames), run(model, mirrored(frames, multiple))[:, :, :height, :width])


def carries_the_licence(folder):
    convert(GOLDEN / "generator/resnet_9blocks.pth", folder / "x.onnx", "--licence", "MIT", "--attribution", "Jürgen")
    properties = session(folder / "x.onnx").get_modelmeta().custom_metadata_map
    assert properties["licence"] == "MIT" and properties["attribution"] == "Jürgen", properties
    assert properties["network"].startswith("resnet_9blocks ngf 8"), properties


def gives_the_engines_output_at_odd_sizes(folder, source, engine, modules):
    """Of sides that no network halves evenly, one shorter and one longer than a U-Net's multiple."""
    convert(source, folder / "odd.onnx")
    convert(source, folder / "odd.pt", "--no-sample")
    model = session(folder / "odd.onnx")
    random = numpy.random.default_rng(8)
    for height, width in ((37, 53), (130, 70)):
        pixels = random.integers(0, 256, (height, width, 3), dtype=numpy.uint8)
        pixels.tofile(folder / "in")
        done = subprocess.run([TRANSLATE_FLOATS, folder / "odd.pt", str(width), str(height), "1", engine, folder / "in",
                               folder / "out", "fp32"],
                              capture_output=True, text=True, check=False, env={**os.environ, "CUT_MODULE_PATH": modules})
        assert done.returncode == 0, done.stderr
        expected = numpy.fromfile(folder / "out", dtype=numpy.float32).reshape(1, 3, height, width)
        assert_close(run(model, pixels.transpose(2, 0, 1)[None] / 127.5 - 1), expected)


def gives_the_same_bytes_twice(folder):
    for target in ("a.onnx", "b.onnx"):
        convert(GOLDEN / "generator/resnet_9blocks.pth", folder / target)
    assert (folder / "a.onnx").read_bytes() == (folder / "b.onnx").read_bytes()


def with_noise(folder):
    """The reference's noise has the strength 0 before it is trained; here it is given one."""
    convert(GOLDEN / "generator/stylegan2.pth", folder / "x.safetensors")
    data = bytearray((folder / "x.safetensors").read_bytes())
    length = struct.unpack_from("<Q", data)[0]
    place = json.loads(data[8:8 + length])["decoder.convs.3.noise.weight"]["data_offsets"][0]
    struct.pack_into("<f", data, 8 + length + place, 0.3)
    (folder / "x.safetensors").write_bytes(data)
    return folder / "x.safetensors"


def has_the_engines_noise(folder):
    noisy = with_noise(folder)
    convert(noisy, folder / "x.onnx")
    convert(noisy, folder / "x.pt", "--engine", "torch", CUT_MODULE_PATH=TORCH)
    sample = TensorFile(folder / "x.pt").load()["sample"]
    got = run(session(folder / "x.onnx"), sample["input"])
    assert_close(got, sample["output"])
    convert(GOLDEN / "generator/stylegan2.pth", folder / "y.onnx")
    assert numpy.abs(run(session(folder / "y.onnx"), sample["input"]) - got).max() > 0.1, "the noise changes nothing"


CHECKS = [(f"{name} gives the reference's output", lambda folder, name=name: gives_the_references_output(folder, name))
          for name in CASES]
for known, sides in (("generator/resnet_9blocks", 4), ("generator/unet_128", 128), ("generator/stylegan2", 2)):
    if known in CASES:
        CHECKS.append((f"{known} takes frames of any size",
                       lambda folder, name=known, multiple=sides: takes_frames_of_any_size(folder, name, multiple)))
for known in ("generator/resnet_9blocks", "generator/unet_128"):
    if known in CASES:
        CHECKS.append((f"{known} gives the engine's output at odd sizes", lambda folder, name=known:
                       gives_the_engines_output_at_odd_sizes(folder, GOLDEN / f"{name}.pth", "cpu", CPU)))
CHECKS += [("a model carries its licence", carries_the_licence),
           ("a model gives the same bytes twice", gives_the_same_bytes_twice)]
if TORCH and "generator/stylegan2" in CASES:
    CHECKS += [("StyleGAN2 has the same noise as in the engine", has_the_engines_noise),
               ("StyleGAN2 with noise gives the engine's output at odd sizes", lambda folder:
                gives_the_engines_output_at_odd_sizes(folder, with_noise(folder), "torch", TORCH))]


if __name__ == "__main__":
    check_all([(name, in_a_folder(check)) for name, check in CHECKS])
