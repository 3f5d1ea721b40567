#!/usr/bin/env python3
"""Runs a command and prints what it took: wall and CPU seconds, children included, and its largest memory in MiB."""
import os, sys, time

# Spawned rather than forked, so that this interpreter's own memory is not counted as the command's.
sink = (os.POSIX_SPAWN_OPEN, 1, os.environ.get("MEASURE_OUTPUT", os.devnull), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
started = time.monotonic()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[sink, (os.POSIX_SPAWN_DUP2, 1, 2)])
_, status, used = os.wait4(child, 0)
wall = time.monotonic() - started
print(f"{wall:.4f} {used.ru_utime + used.ru_stime:.4f} {used.ru_maxrss / 1024:.1f}")
sys.exit(os.waitstatus_to_exitcode(status))
