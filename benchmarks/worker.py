"""The process in which one contender runs: calls it, and prints what it took."""

import importlib
import json
import sys
import time

from benchmarks.rounds import cpu_seconds


def main() -> None:
    """Call the function that the command line names; see `benchmarks.rounds.work`."""
    name, package, *arguments = sys.argv[1:]
    module, _, function = name.partition(":")
    target = getattr(importlib.import_module(f"benchmarks.{module}"), function)
    # Also what is imported late: numpy by PyAV, OpenCV by avio, with the first array.
    for needed in ("numpy", *package.split(",")):
        importlib.import_module(needed)
    start, before = time.perf_counter(), cpu_seconds()
    result = target(*arguments)
    taken = {"wall": time.perf_counter() - start, "cpu": cpu_seconds() - before}
    print(json.dumps({"result": result, **taken}))
