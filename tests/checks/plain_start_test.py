#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A test starts alike however the tests were started: tests/support/plain_start.py under odd parents. Prints TAP."""
import os
import pathlib
import signal
import subprocess
import sys

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path.append(str(SUPPORT))
from tap import check_all  # pylint: disable=wrong-import-position

# What a test finds: its umask, its open standard streams, and the masks of the kernel.
TELL = """umask; for n in 0 1 2; do [ -e /proc/self/fd/$n ] && echo open; done >&9; grep -E '^Sig(Blk|Ign):' /proc/self/status >&9"""


def told(prepare):
    """What a command behind plain_start.py says of itself, whose parent did `prepare`."""
    reading, writing = os.pipe()

    def child():
        os.dup2(writing, 9)
        prepare()

    with subprocess.Popen([SUPPORT / "plain_start.py", "sh", "-c", TELL.replace("umask;", "umask >&9;")], preexec_fn=child,
                          close_fds=False) as process:
        os.close(writing)
        with os.fdopen(reading) as pipe:
            words = pipe.read().split()
        assert process.wait(60) == 0
    return words


def is_plain(prepare):
    def check():
        words = told(prepare)
        expected = ["0022", "open", "open", "open", "SigBlk:", "0" * 16, "SigIgn:", "0" * 16]
        assert words == expected, words
    return check


def close_streams():
    for descriptor in (0, 1, 2):
        os.close(descriptor)


def ignore():
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)


check_all([
    ("signals that the parent ignores have their default again", is_plain(ignore)),
    ("signals that the parent blocks are not blocked", is_plain(lambda: signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()))),
    ("the umask is the usual one", is_plain(lambda: os.umask(0o077))),
    ("standard streams that were closed are open", is_plain(close_streams)),
])
