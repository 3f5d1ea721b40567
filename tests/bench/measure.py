#!/usr/bin/env python3
"""Runs a command and prints what it took: wall and CPU seconds, children included, and its largest memory in MiB."""
import os, sys, time

started = time.monotonic()
child = os.fork()
if child == 0:
    sink = os.open(os.environ.get("MEASURE_OUTPUT", os.devnull), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    try:
        os.execvp(sys.argv[1], sys.argv[1:])
    except OSError as error:
        os.write(2, f"{sys.argv[1]}: {error}\n".encode())
        os._exit(127)
_, status, used = os.wait4(child, 0)
wall = time.monotonic() - started
code = os.waitstatus_to_exitcode(status)
print(f"{wall:.4f} {used.ru_utime + used.ru_stime:.4f} {used.ru_maxrss / 1024:.1f}")
sys.exit(code)
