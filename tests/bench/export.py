#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A model for one of the peers: export.py FORMAT MODEL.pt WIDTH HEIGHT FRAMES.

    onnx         MODEL.fp32.onnx, which onnxruntime, opencv and mnn read
    onnxruntime  MODEL.int8.onnx
    openvino     MODEL.fp32.xml, MODEL.int8.xml
    mnn          MODEL.fp32.mnn, MODEL.int8.mnn
    ncnn         MODEL.fp32.ncnn.param and .bin

Any frame size goes through them. FRAMES (packed RGB, WIDTHxHEIGHT; MNN takes the pictures of the folder of that name) calibrate
int8 as the tools recommend: per-channel weights, ranges of activations from the frames."""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from generator import load_generator


def to_onnx(net, model, frames, source):
    sides = {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    torch.onnx.export(net, (torch.from_numpy(frames[0]),), model.with_suffix(".fp32.onnx"), dynamo=True, external_data=False,
                      input_names=["frame"], output_names=["translated"], dynamic_shapes={"x": sides}, verbose=False)


def to_onnxruntime(net, model, frames, source):
    import onnxruntime.quantization as ort

    class Frames(ort.CalibrationDataReader):
        def __init__(self):
            self.left = iter(frames)

        def get_next(self):
            frame = next(self.left, None)
            return None if frame is None else {"frame": frame}

    whole, prepared, quantised = (str(model.with_suffix(s)) for s in (".fp32.onnx", ".prepared.onnx", ".int8.onnx"))
    ort.quant_pre_process(whole, prepared, skip_symbolic_shape=True)
    ort.quantize_static(prepared, quantised, Frames(), quant_format=ort.QuantFormat.QDQ, per_channel=True,
                        activation_type=ort.QuantType.QUInt8, weight_type=ort.QuantType.QInt8)


def to_openvino(net, model, frames, source):
    import nncf
    import openvino
    converted = openvino.convert_model(net, example_input=torch.from_numpy(frames[0]), input=[1, 3, -1, -1])
    openvino.save_model(converted, model.with_suffix(".fp32.xml"), compress_to_fp16=False)
    quantised = nncf.quantize(converted, nncf.Dataset(frames), subset_size=len(frames))
    openvino.save_model(quantised, model.with_suffix(".int8.xml"), compress_to_fp16=False)


def to_mnn(net, model, frames, source):
    """By the functions behind `mnnconvert` and `mnnquant`: those commands install another package and report their use."""
    import _tools
    import onnx

    def convert(whole, target):
        _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", str(whole), "--MNNModel", str(target), "--bizCode", "cut"])
        if not target.exists():
            raise SystemExit(f"MNN's converter wrote no {target.name}")

    convert(model.with_suffix(".fp32.onnx"), model.with_suffix(".fp32.mnn"))
    height, width = frames[0].shape[2:]
    fixed, unquantised = model.with_suffix(".fixed.onnx"), model.with_suffix(".fixed.mnn")
    graph = onnx.load(model.with_suffix(".fp32.onnx"))
    for dim, side in zip(graph.graph.input[0].type.tensor_type.shape.dim[2:], (height, width)):
        dim.dim_value = side  # the calibration takes no other
    onnx.save(graph, fixed)
    convert(fixed, unquantised)
    settings = model.with_suffix(".mnn.json")
    settings.write_text(json.dumps({
        "format": "RGB", "mean": [127.5] * 3, "normal": [1 / 127.5] * 3, "width": width, "height": height,
        "path": f"{source.with_suffix('')}/", "used_image_num": len(frames), "feature_quantize_method": "EMA",
        "weight_quantize_method": "MAX_ABS", "batch_size": 1, "quant_bits": 8, "input_type": "image"}))
    _tools.mnnquant(["mnnquant", str(unquantised), str(model.with_suffix(".int8.mnn")), str(settings)])


def to_ncnn(net, model, frames, source):
    import pnnx
    with tempfile.TemporaryDirectory() as folder:
        traced = pathlib.Path(folder) / "net.pt"
        torch.jit.trace(net, torch.from_numpy(frames[0])).save(traced)
        height, width = frames[0].shape[2:]
        subprocess.run([pnnx.EXEC_PATH, traced, f"inputshape=[1,3,{height},{width}]f32", f"inputshape2=[1,3,{2 * height},{4 * width}]f32",
                        "fp16=0", f"ncnnparam={model.with_suffix('.fp32.ncnn.param')}", f"ncnnbin={model.with_suffix('.fp32.ncnn.bin')}"],
                       check=True, cwd=folder)


FORMATS = {"onnx": to_onnx, "onnxruntime": to_onnxruntime, "openvino": to_openvino, "mnn": to_mnn, "ncnn": to_ncnn}


def main():
    kind, model, width, height, source = sys.argv[1:]
    pixels = numpy.fromfile(source, numpy.uint8).reshape(-1, 1, int(height), int(width), 3).transpose(0, 1, 4, 2, 3)
    frames = list(pixels.astype(numpy.float32, order="C") / numpy.float32(127.5) - 1)
    with torch.no_grad():
        FORMATS[kind](load_generator(model), pathlib.Path(model), frames, pathlib.Path(source))


if __name__ == "__main__":
    main()
