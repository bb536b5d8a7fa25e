# SPDX-License-Identifier: MIT
"""Who is measured: runtimes at a precision, and how their programs are started. peers.py has them take turns."""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
PEERS = [("eager", "fp32"), ("compile", "fp32"), ("onnxruntime", "fp32"), ("openvino", "fp32"), ("mnn", "fp32"), ("ncnn", "fp32"),
         ("opencv", "fp32"), ("eager", "bf16"), ("compile", "bf16"), ("openvino", "bf16"), ("onnxruntime", "int8"),
         ("openvino", "int8"), ("mnn", "int8"), ("ncnn", "int8"), ("opencv", "int8")]
OURS = [("cpu", "fp32"), ("cpu", "tf32"), ("cpu", "bf16"), ("cpu", "int8")]
RUNTIMES = list(dict.fromkeys(name for name, _ in PEERS + OURS))
PRECISIONS = ["fp32", "tf32", "bf16", "int8"]
# On a machine with more, what one with less would do: whose runtimes can be told so. Each with what the machine must have.
CAPPED = [("openvino", "fp32", "avx2", "avx512f"), ("opencv", "fp32", "avx2", "avx512f"), ("openvino", "int8", "avx2", "avx512f"),
          ("cpu", "fp32", "avx2", "avx512f"), ("openvino", "int8", "avx512", "amx_bf16"), ("cpu", "int8", "avx512", "amx_bf16")]
CAPS = {"avx2": {"CUT_CPU_ISA": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "OPENCV_CPU_DISABLE": "AVX512-SKX"},
        "avx512": {"CUT_CPU_ISA": "avx512", "ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16"}}
NARROW = {"avx512_bf16", "amx_bf16", "bf16"}  # without any of them, the peers emulate bf16


class Contender:
    """A runtime at a precision: how its programs are started."""

    def __init__(self, name, precision, isa=""):
        self.name, self.precision, self.isa = name, precision, isa
        self.ours = name == "cpu"

    @property
    def label(self):
        return f"{self.name} {self.precision}{' ' + self.isa if self.isa else ''}"

    def command(self, options, model, size, frames, output, floats):
        width, height = size.split("x")
        common = [model, width, height, options.threads]
        if not self.ours:
            return [sys.executable, HERE / "runtimes.py", self.name, self.precision, *common, frames, output]
        program = options.builddir / "tests" / "bench" / ("translate-floats" if floats else "engine-bench")
        return [program, *common, "cpu", frames, output, self.precision]

    def environment(self):
        return dict(os.environ, **CAPS.get(self.isa, {}))

    def excluded(self, isa):
        """Why it is not even started, or None."""
        if not self.ours and self.precision == "bf16" and not NARROW & set(isa):
            return "the processor has no dot products of bf16; it would be emulated"
        if self.name == "ncnn" and self.precision == "int8":
            return "no wheel of it has the tools that quantise (ncnn2table, ncnn2int8)"
        return None


def contenders(isa, runtimes, precisions):
    """All that were asked for; our program says itself what it cannot do here. Capped by the user, it gets no caps of ours."""
    capped = [] if os.environ.get("CUT_CPU_ISA") else [entry for *entry, needed in CAPPED if needed in isa]
    entries = [Contender(*entry) for entry in PEERS + OURS + capped]
    return [entry for entry in entries if entry.name in runtimes and entry.precision in precisions]
