"""Times the seat of kernels through jupyter_client: python seat.py TURNS NAME... prints JSON, a list of measurements a kernel.

Kernels take turns. Of each turn: seconds from starting the process to the reply to its first cell; milliseconds of an empty
cell (median of 50), of the first and of a second completion; seconds until 10,000 printed lines have arrived; megabytes
that the process holds before these (resident, with its children).
"""

import json
import statistics
import sys
import time

import psutil
from jupyter_client.manager import KernelManager

CODES = {
    # kernel: first cell, empty cell, something to complete, 10,000 lines
    "python3": ("1", "None", "import os\nos.", "for i in range(10000): print('line', i)"),
    "typescript": ("1", ";", "const os = { a: 1 };\nos.", "for (let i = 0; i < 10000; i++) console.log('line', i)"),
}


def measure(name):
    first, empty, completed, lines = CODES["python3" if name == "python3" else "typescript"]
    began = time.perf_counter()
    manager = KernelManager(kernel_name=name)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        run(client, first)
        start = time.perf_counter() - began
        return {
            "start": start,
            "empty": 1000 * statistics.median(timed(lambda: run(client, empty)) for _ in range(50)),
            "firstCompletion": 1000 * timed(lambda: complete(client, completed)),
            "completion": 1000 * timed(lambda: complete(client, completed)),
            "megabytes": megabytes(manager),
            "lines": all_lines(client, lines),
        }
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def run(client, code, timeout=60):
    """Runs a cell and returns what it printed, once the reply and `idle` are here."""
    printed = []

    def hook(message):
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    reply = client.execute_interactive(code, timeout=timeout, output_hook=hook)
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{code}: {reply['content']}")
    return "".join(printed)


def complete(client, code):
    reply = client.complete(code, len(code), reply=True, timeout=60)
    if not reply["content"]["matches"]:
        raise RuntimeError(f"nothing completes {code!r}")


def all_lines(client, code):
    """Seconds until all lines are here; None where some never come."""
    expected = "".join(f"line {i}\n" for i in range(10000))
    began = time.perf_counter()
    try:
        printed = run(client, code, 20)
    except TimeoutError:
        return None
    return time.perf_counter() - began if printed == expected else None


def megabytes(manager):
    process = psutil.Process(manager.provisioner.pid)
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 1e6


turns, names = int(sys.argv[1]), sys.argv[2:]
measured = {name: [] for name in names}
for turn in range(turns):
    for name in names:
        measured[name].append(measure(name))
json.dump(measured, sys.stdout)
