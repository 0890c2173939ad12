"""The speed of the seat: what a researcher waits for in a kernel, hashbook's beside ipykernel's and plain tslab's, in turns.

    pip install ipykernel jupyter_client psutil
    python bench/seat/seat.py [--rounds 7] [--write]      from the root of a built checkout

One client (jupyter_client) drives all kernels from their specs, so that what it costs itself is in every number. Measured:
start to the reply of the first cell; round trip of an empty cell; first completion after an import;
10,000 lines printed until `idle` has come; resident memory of the kernel's processes after all that. Outputs
are checked before they are timed. --write puts the table into bench/README.md.
"""

import argparse
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
LINES = 10_000

TYPESCRIPT = {
    "first": "6*7",
    "empty": "0",
    "import": 'import * as hb from "../lib/index.js"',
    "complete": "hb.",
    "expected": "trainHead",
    "lines": f"for (let i = 0; i < {LINES}; i++) console.log('line ' + i)",
}
PYTHON = {
    "first": "6*7",
    "empty": "0",
    "import": "import json",
    "complete": "json.",
    "expected": "dumps",
    "lines": f"for i in range({LINES}): print('line', i)",
}
KERNELS = {"hashbook": TYPESCRIPT, "ipykernel": PYTHON, "tslab": TYPESCRIPT}


def write_specs(folder):
    """Kernel specs of this checkout and this Python, nothing installed."""
    node = os.environ.get("NODE", "node")
    argv = {
        "hashbook": [node, str(ROOT / "bin" / "hashbook.js"), "kernel", "start", "{connection_file}"],
        "ipykernel": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "tslab": [node, str(ROOT / "node_modules" / "tslab" / "bin" / "tslab"), "kernel", "--config-path", "{connection_file}"],
    }
    installed = Path(folder) / "installed"
    made = subprocess.run(
        [node, str(ROOT / "bin" / "hashbook.js"), "kernel", "install", "--prefix", str(installed)], capture_output=True
    )
    spec = installed / "share" / "jupyter" / "kernels" / "hashbook" / "kernel.json"
    if made.returncode == 0 and spec.exists():  # what front ends really start
        argv["hashbook"] = json.loads(spec.read_text())["argv"]
    for name, words in argv.items():
        path = Path(folder) / "kernels" / name
        path.mkdir(parents=True)
        mode = "signal" if name != "hashbook" else "message"
        (path / "kernel.json").write_text(
            json.dumps({"argv": words, "display_name": name, "language": name, "interrupt_mode": mode})
        )


class Seat:
    """A running kernel and a client of it."""

    def __init__(self, name):
        self.started = time.perf_counter()
        self.manager = KernelManager(kernel_name=name)
        self.manager.start_kernel(cwd=str(NOTEBOOKS))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def cell(self, code, patience=120):
        """Seconds until reply and idle have come, and the text printed or shown; `queue.Empty` after seconds of silence."""
        begun = time.perf_counter()
        asked = self.client.execute(code)
        text = []
        while True:
            message = self.client.get_iopub_msg(timeout=patience)
            if message["parent_header"].get("msg_id") != asked:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                text.append(content["text"])
            elif message["msg_type"] == "execute_result":
                text.append(content["data"]["text/plain"])
            elif message["msg_type"] == "error":
                raise RuntimeError("\n".join(content["traceback"]))
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                break
        self.reply(asked)
        return time.perf_counter() - begun, "".join(text)

    def reply(self, asked):
        while True:
            message = self.client.get_shell_msg(timeout=120)
            if message["parent_header"].get("msg_id") == asked:
                return message["content"]

    def completion(self, code):
        begun = time.perf_counter()
        matches = self.reply(self.client.complete(code, len(code)))["matches"]
        return time.perf_counter() - begun, matches

    def memory(self):
        """MiB resident in the kernel and its children."""
        process = psutil.Process(self.manager.provisioner.pid)
        return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 2**20

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def check(holds, what):
    if not holds:
        raise SystemExit(f"not timed: {what}")


def measure(name):
    code = KERNELS[name]
    seat = Seat(name)
    try:
        _, text = seat.cell(code["first"])
        start = time.perf_counter() - seat.started
        check(text.strip().endswith("42"), f"{name} says 6*7 is {text!r}")
        idle_memory = seat.memory()
        empty = statistics.median(seat.cell(code["empty"])[0] for _ in range(40))
        imported = seat.cell(code["import"])[0]
        first, matches = seat.completion(code["complete"])
        check(any(match.endswith(code["expected"]) for match in matches), f"{name} does not complete {code['complete']}")
        later = statistics.median(seat.completion(code["complete"])[0] for _ in range(10))
        lines, text = None, ""
        try:
            lines, text = seat.cell(code["lines"], patience=10)
        except queue.Empty:
            pass  # plain tslab loses `idle`
        got = text.count("\n")
        whole = got == LINES
        check(whole or name == "tslab", f"{name} printed {got} of {LINES} lines")
        return {
            "start to first reply, s": start,
            "empty cell, ms": 1000 * empty,
            "import, s": imported,
            "first completion after it, ms": 1000 * first,
            "later completion, ms": 1000 * later,
            "10,000 lines, ms": 1000 * lines if whole else None,
            "memory at start, MiB": idle_memory,
            "memory after all, MiB": seat.memory(),
        }
    finally:
        seat.end()


def cell_of(values):
    values = [value for value in values if value is not None]
    if not values:
        return "lines lost"
    median = statistics.median(values)
    digits = 2 if median < 10 else 0
    return f"{median:.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def table(results):
    names = list(results)
    lines = [
        "| | " + " | ".join(names) + " | hashbook ÷ ipykernel |",
        "| --- |" + " ---: |" * (len(names) + 1),
    ]
    for what in results[names[0]][0]:
        values = {name: [round_[what] for round_ in results[name]] for name in names}
        median = {name: statistics.median([v for v in values[name] if v is not None] or [float("nan")]) for name in names}
        ratio = "" if what.startswith("import") or not {"hashbook", "ipykernel"} <= set(names) else f"**{median['hashbook'] / median['ipykernel']:.1f}**"
        lines.append(f"| {what} | " + " | ".join(cell_of(values[name]) for name in names) + f" | {ratio} |")
    return "\n".join(lines)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--kernels", nargs="+", default=list(KERNELS), choices=list(KERNELS))
    options.add_argument("--write", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_specs(folder)
        os.environ["JUPYTER_PATH"] = folder
        results = {name: [] for name in chosen.kernels}
        for round_ in range(chosen.rounds):
            for name in chosen.kernels:
                results[name].append(measure(name))
                print(f"round {round_ + 1}, {name}: {json.dumps(results[name][-1])}", file=sys.stderr)
    made = table(results)
    print(made)
    if chosen.write:
        readme = ROOT / "bench" / "README.md"
        before, rest = readme.read_text().split("<!-- seat -->\n")
        after = rest.split("<!-- seat end -->")[1]
        readme.write_text(f"{before}<!-- seat -->\n{made}\n<!-- seat end -->{after}")


if __name__ == "__main__":
    main()
