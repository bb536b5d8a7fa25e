#!/usr/bin/env python3
"""The runtimes that a user would pick instead, as programs that peers.py measures in turns.

    runtimes.py RUNTIME PRECISION MODEL WIDTH HEIGHT THREADS FRAMES OUTPUT

FRAMES holds packed RGB frames; the first is what is timed. At the end all of them go through, and OUTPUT gets their floats,
planes in [-1, 1]. Speaks what peer.hpp says. Only the network is timed: turning pixels into a tensor and back is not."""

import json
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
    path = exported(model, precision, "onnx")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda frame: session.run(None, {"frame": frame})[0]


def openvino(precision, model, shape, threads):
    import openvino
    core = openvino.Core()
    net = core.read_model(exported(model, precision, "xml"))
    net.reshape(list(shape))
    config = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    if precision != "int8":  # what int8 leaves may take the runtime's own choice
        config["INFERENCE_PRECISION_HINT"] = {"fp32": "f32", "bf16": "bf16"}[precision]
    request = core.compile_model(net, "CPU", config).create_infer_request()
    return lambda frame: request.infer({0: frame})[0].astype(numpy.float32)


def exported(model, precision, suffix):
    """What export.py made of a model; bf16 is a setting of the runtime, not a file."""
    return pathlib.Path(model).with_suffix(f".{'int8' if precision == 'int8' else 'fp32'}.{suffix}")


RUNTIMES = {"eager": eager, "compile": compiled, "onnxruntime": onnxruntime, "openvino": openvino}


def processor():
    """Seconds of all threads so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    runtime, precision, model, width, height, threads, source, target = sys.argv[1:]
    pixels = numpy.fromfile(source, numpy.uint8).reshape(-1, int(height), int(width), 3)
    frames = pixels.transpose(0, 3, 1, 2).astype(numpy.float32) / numpy.float32(127.5) - 1
    begin = time.perf_counter()
    run = RUNTIMES[runtime](precision, model, (1, *frames.shape[1:]), int(threads))
    run(frames[:1])
    first = time.perf_counter() - begin
    print(f"ready {runtime}", flush=True)
    for line in sys.stdin:
        times, before = [], processor()
        for _ in range(int(line)):
            begin = time.perf_counter()
            run(frames[:1])
            times.append(round(time.perf_counter() - begin, 6))
        each = (processor() - before) / max(len(times), 1)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"peak_mib": round(peak, 1), "first_frame": [round(first, 6)], "frames": times, "processor": [each]}),
              flush=True)
    numpy.concatenate([run(frames[i:i + 1]) for i in range(len(frames))]).tofile(target)


if __name__ == "__main__":
    main()
