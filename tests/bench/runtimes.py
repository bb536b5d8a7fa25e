#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The runtimes that a user would pick instead, as programs that peers.py measures in turns.

    runtimes.py RUNTIME PRECISION MODEL WIDTH HEIGHT THREADS FRAMES OUTPUT

FRAMES holds packed RGB frames; the first is what is timed. At the end all of them go through, and OUTPUT gets their floats,
planes in [-1, 1]. Speaks what peer.hpp says. Only the network is timed: turning pixels into a tensor and back is not."""

import json
import os
import pathlib
import resource
import sys
import time

import numpy


def eager(precision, model, _, threads):
    import torch
    from generator import load_generator
    torch.set_num_threads(threads)
    return torch_runner(load_generator(model), precision)


def compiled(precision, model, _, threads):
    import torch
    import torch._inductor.config
    from generator import load_generator
    torch.set_num_threads(threads)
    torch._inductor.config.freezing = True  # weights become constants, reordered ahead: its fastest for inference
    return torch_runner(torch.compile(load_generator(model)), precision)


def torch_runner(net, precision):
    import torch

    def run(frame):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            return net(torch.from_numpy(frame)).float().numpy()
    return run


def onnxruntime(precision, model, _, threads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.force_spinning_stop", "1")  # between two frames others have the cores
    path = exported(model, precision, "onnx", "onnxruntime" if precision == "int8" else "onnx")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda frame: session.run(None, {"frame": frame})[0]


def openvino(precision, model, shape, threads):
    import openvino
    core = openvino.Core()
    net = core.read_model(exported(model, precision, "xml", "openvino"))
    net.reshape(list(shape))
    config = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    if precision != "int8":  # what int8 leaves may take the runtime's own choice
        config["INFERENCE_PRECISION_HINT"] = {"fp32": "f32", "bf16": "bf16"}[precision]
    request = core.compile_model(net, "CPU", config).create_infer_request()
    return lambda frame: request.infer({0: frame})[0].astype(numpy.float32)


def mnn(precision, model, shape, threads):
    import MNN
    path = exported(model, precision, "mnn", "mnn")
    runtime = MNN.nn.create_runtime_manager(({"backend": "CPU", "precision": "high", "numThread": threads},))
    net = MNN.nn.load_module_from_file(path, ["frame"], ["translated"], runtime_manager=runtime)
    planes = MNN.expr.NCHW

    def run(frame):
        translated = net.forward([MNN.expr.const(frame, list(shape), planes)])[0]
        return numpy.array(MNN.expr.convert(translated, planes).read())
    return run


def ncnn(precision, model, _, threads):
    import ncnn
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_vulkan_compute = False
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
    path = exported(model, precision, "ncnn.param", "ncnn")
    net.load_param(path)
    net.load_model(str(pathlib.Path(path).with_suffix(".bin")))

    def run(frame):
        extractor = net.create_extractor()
        extractor.input("in0", ncnn.Mat(frame[0]))  # which takes no notice of strides: frames are contiguous
        return numpy.array(extractor.extract("out0")[1])[None]
    return run


def opencv(precision, model, _, threads):
    import cv2
    cv2.setNumThreads(threads)
    # Winograd's convolutions are the classic engine's, which is the faster in fp32; convolutions of bytes are the new one's.
    path, engine = ((exported(model, precision, "onnx", "onnxruntime"), cv2.dnn.ENGINE_NEW) if precision == "int8" else
                    (exported(model, precision, "onnx", "onnx"), cv2.dnn.ENGINE_CLASSIC))
    net = cv2.dnn.readNetFromONNX(path, engine)
    net.enableWinograd(True)

    def run(frame):
        net.setInput(frame)
        return net.forward()
    return run


def exported(model, precision, suffix, kind):
    """What export.py made of a model; bf16 is a setting of the runtime, not a file."""
    path = pathlib.Path(model).with_suffix(f".{'int8' if precision == 'int8' else 'fp32'}.{suffix}")
    if not path.exists():
        why = pathlib.Path(model).with_suffix(f".{kind}.why")
        raise SystemExit(f"not exported: {why.read_text().strip() if why.exists() else path.name + ' is missing'}")
    return str(path)


RUNTIMES = {"eager": eager, "compile": compiled, "onnxruntime": onnxruntime, "openvino": openvino, "mnn": mnn, "ncnn": ncnn,
            "opencv": opencv}


def processor():
    """Seconds of all threads so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def answers():
    """Where answers go: what libraries print goes to stderr instead."""
    file = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return file


def main():
    told = answers()
    runtime, precision, model, width, height, threads, source, target = sys.argv[1:]
    pixels = numpy.fromfile(source, numpy.uint8).reshape(-1, int(height), int(width), 3)
    frames = pixels.transpose(0, 3, 1, 2).astype(numpy.float32, order="C") / numpy.float32(127.5) - 1
    begin = time.perf_counter()
    run = RUNTIMES[runtime](precision, model, (1, *frames.shape[1:]), int(threads))
    run(frames[:1])
    first = time.perf_counter() - begin
    print(f"ready {runtime}", file=told, flush=True)
    for line in sys.stdin:
        times, before = [], processor()
        for _ in range(int(line)):
            begin = time.perf_counter()
            run(frames[:1])
            times.append(round(time.perf_counter() - begin, 6))
        each = (processor() - before) / max(len(times), 1)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"peak_mib": round(peak, 1), "first_frame": [round(first, 6)], "frames": times, "processor": [each]}),
              file=told, flush=True)
    numpy.concatenate([run(frames[i:i + 1]) for i in range(len(frames))]).tofile(target)


if __name__ == "__main__":
    main()
