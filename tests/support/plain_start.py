#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Starts a test as an ordinary shell would, however the tests themselves were started: plain_start.py COMMAND...

A child inherits which signals are ignored (nohup, a background command of a script) or blocked, the umask, and closed
standard streams. Tests of what a signal does, or of a file's mode, would then try something that no user has."""
import os
import signal
import sys


def restore():
    """Default signals, none of them blocked, umask 022, and standard streams that are open, for this process and its children."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.umask(0o022)
    for descriptor in (0, 1, 2):  # else the first file that a test opens takes the place of a closed one
        try:
            os.fstat(descriptor)
        except OSError:
            assert os.open(os.devnull, os.O_RDWR) == descriptor
        os.set_inheritable(descriptor, True)


if __name__ == "__main__":
    restore()
    os.execvp(sys.argv[1], sys.argv[1:])
