#!/usr/bin/env python3
"""Drives a program in a pseudo-terminal, as somebody at a keyboard would.

usage: console.py PROGRAM [ARGUMENT...]

The steps come on standard input, as a JSON list. Each may hold
  wait     a regular expression that the program's new output has to match first; the run fails where it doesn't come
  send     what to type
  signal   a signal for the program: HUP, TERM, KILL, or CLOSE to close the terminal
  pause    seconds to wait before what is sent
At the end the program has to come to its own. What it wrote is printed as it came. Needs nothing but Python on Unix.
"""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PATIENCE = 60


class Console:
    def __init__(self, arguments):
        self.output = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            time.sleep(0.2)  # until the terminal has its size
            os.execvp(arguments[0], arguments)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 240, 0, 0))

    def read(self, seconds):
        """Takes what comes within so many seconds; False once the terminal is gone."""
        if self.terminal is None:
            return False
        ready, _, _ = select.select([self.terminal], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            return False
        # Line editors ask where the cursor is.
        for _ in range(data.count(b"\x1b[6n")):
            self.type(b"\x1b[5;1R")
        self.output += data
        return bool(data)

    def type(self, data):
        try:
            os.write(self.terminal, data)
        except OSError:
            pass

    def wait_for(self, pattern, since):
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.output[since:]):
            if time.monotonic() > end or not self.read(0.2):
                sys.stdout.write(self.output.decode(errors="replace"))
                sys.exit(f"console.py: {pattern!r} didn't come")

    def signal(self, name):
        if name == "CLOSE":
            os.close(self.terminal)
            self.terminal = None
        else:
            os.kill(self.pid, getattr(signal, "SIG" + name))

    def end(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.read(0.1)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
            if self.terminal is None:
                time.sleep(0.1)
        os.kill(self.pid, signal.SIGKILL)
        sys.exit("console.py: the program didn't end")


def main():
    console = Console(sys.argv[1:])
    since = 0
    for step in json.load(sys.stdin):
        if "wait" in step:
            console.wait_for(step["wait"].encode(), since)
        if "pause" in step:
            end = time.monotonic() + step["pause"]
            while time.monotonic() < end:
                console.read(0.05)
        since = len(console.output)
        if "send" in step:
            console.type(step["send"].encode())
        if "signal" in step:
            console.signal(step["signal"])
    console.end()
    sys.stdout.write(console.output.decode(errors="replace"))


main()
