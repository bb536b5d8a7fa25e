#!/usr/bin/env python3
"""A model for ONNX Runtime and OpenVINO, in fp32 and quantised to int8: export.py MODEL.pt WIDTH HEIGHT FRAMES.

Writes MODEL.fp32.onnx, .int8.onnx, .fp32.xml and .int8.xml beside it; any frame size goes through them. FRAMES (packed RGB,
WIDTHxHEIGHT) calibrate int8 as both tools recommend: per-channel weights, ranges of activations from the frames."""

import pathlib
import sys

import numpy
import nncf
import onnxruntime.quantization as ort
import openvino
import torch
from generator import load_generator


class Frames(ort.CalibrationDataReader):
    def __init__(self, frames):
        self.left = iter(frames)

    def get_next(self):
        frame = next(self.left, None)
        return None if frame is None else {"frame": frame}


def to_onnx(net, model, frames):
    whole, prepared, quantised = (str(model.with_suffix(s)) for s in (".fp32.onnx", ".prepared.onnx", ".int8.onnx"))
    sides = {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    torch.onnx.export(net, (torch.from_numpy(frames[0]),), whole, dynamo=True, external_data=False, input_names=["frame"],
                      output_names=["translated"], dynamic_shapes={"x": sides}, verbose=False)
    ort.quant_pre_process(whole, prepared, skip_symbolic_shape=True)
    ort.quantize_static(prepared, quantised, Frames(frames), quant_format=ort.QuantFormat.QDQ, per_channel=True,
                        activation_type=ort.QuantType.QUInt8, weight_type=ort.QuantType.QInt8)


def to_openvino(net, model, frames):
    converted = openvino.convert_model(net, example_input=torch.from_numpy(frames[0]), input=[1, 3, -1, -1])
    openvino.save_model(converted, model.with_suffix(".fp32.xml"), compress_to_fp16=False)
    quantised = nncf.quantize(converted, nncf.Dataset(frames), subset_size=len(frames))
    openvino.save_model(quantised, model.with_suffix(".int8.xml"), compress_to_fp16=False)


def main():
    model, width, height, source = sys.argv[1:]
    pixels = numpy.fromfile(source, numpy.uint8).reshape(-1, 1, int(height), int(width), 3).transpose(0, 1, 4, 2, 3)
    frames = list(pixels.astype(numpy.float32) / numpy.float32(127.5) - 1)
    net = load_generator(model)
    with torch.no_grad():
        to_openvino(net, pathlib.Path(model), frames)
        to_onnx(net, pathlib.Path(model), frames)


if __name__ == "__main__":
    main()
