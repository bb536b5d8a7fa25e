#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The element in Python programs, without and with another LibTorch loaded before it. Prints TAP.
python_test.py MODEL FOLDER-OF-MODULE-CPU, and CUT_MODULE_PATH names the folder of module torch."""
import importlib.util
import os
import subprocess
import sys

# What a Python program does: runs three frames through the element and prints the error, or "played".
PROGRAM = """
import sys
{before}
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst

Gst.init(None)
pipeline = Gst.parse_launch(
    "videotestsrc num-buffers=3 ! video/x-raw,width=32,height=24 ! cuttranslate name=translate device=cpu ! fakesink")
translate = pipeline.get_by_name("translate")
translate.set_property("model", sys.argv[1])
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
if message is None:
    print("nothing happened")
elif message.type == Gst.MessageType.ERROR:
    error, _ = message.parse_error()
    print(f"{{error.domain}} {{error.message}}")
else:
    print("played", translate.props.active_engine, translate.props.active_device)
pipeline.set_state(Gst.State.NULL)
{after}
"""

TORCH_VERSION = "import torch; torch.zeros(2).sum()"


class Tap:
    def __init__(self):
        self.count = 0

    def report(self, passed, name, output=""):
        self.count += 1
        print(f"{'ok' if passed else 'not ok'} {self.count} {name}")
        if not passed:
            for line in output.splitlines():
                print(f"# {line}")

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} {name} # SKIP {why}")


def run(model, before="", after="", modules=None):
    """Exit status and output of a program with these lines before and after its use of the element."""
    environment = os.environ | ({"CUT_MODULE_PATH": modules} if modules else {})
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(before=before, after=after), model], capture_output=True,
                          text=True, timeout=120, check=False, env=environment)
    return done.returncode, done.stdout + done.stderr


def have(package):
    return importlib.util.find_spec(package) is not None


def torch_version():
    done = subprocess.run([sys.executable, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True,
                          check=False)
    return done.stdout.strip()


def main():
    model = sys.argv[1]
    tap = Tap()
    plays = "a Python program translates video"
    refused = "a Python program that imported another torch gets an error message with both versions"
    survives = "a Python program that imported another torch, with its own unwinder, gets an error message for a missing model"
    served = "engine cpu plays in a Python program that imported another torch"
    unharmed = "the imported torch works after the element refused LibTorch"
    if not have("gi"):
        for name in (plays, refused, survives, served, unharmed):
            tap.skip(name, "python3-gi is not installed")
    else:
        status, output = run(model)
        tap.report(status == 0 and output.startswith("played torch cpu"), plays, f"exit status {status}\n{output}")
        if not have("torch"):
            for name in (refused, survives, served, unharmed):
                tap.skip(name, "python3-torch is not installed")
        else:
            status, output = run(model, before=TORCH_VERSION)
            version = ".".join(torch_version().split(".")[:2])
            named = "has loaded LibTorch" in output and version in output and "was built for 2." in output
            tap.report(status == 0 and named, refused, f"torch {torch_version()}, exit status {status}\n{output}")
            status, output = run("/nowhere/none.pt", before=TORCH_VERSION)
            tap.report(status == 0 and "gst-" in output, survives, f"exit status {status}\n{output}")
            status, output = run(model, before=TORCH_VERSION, modules=sys.argv[2])
            tap.report(status == 0 and output.startswith("played cpu cpu"), served, f"exit status {status}\n{output}")
            status, output = run(model, before=TORCH_VERSION, after="print('sum', int(torch.ones(3).sum()))")
            tap.report(status == 0 and output.rstrip().endswith("sum 3"), unharmed, f"exit status {status}\n{output}")
    print(f"1..{tap.count}")


if __name__ == "__main__":
    main()
