"""The training step of bench/train in PyTorch, driven line by line by train.bench.ts.

    python bench/train/peer.py FOLDER        (torch and numpy from PyPI)

FOLDER holds job.json (method, bits, threads, learning rate, names) and .npy files: features, labels, rows (steps, batch),
beta (steps) and the initial parameters. Commands on stdin, one answer in JSON a line on stdout:
    trajectory N          losses of the first N steps, eager
    time NAME N           seconds of N steps each; NAME eager or compiled
    gemm N                best rate of the forward product in floating-point operations a second
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from losses import loss_of

folder = Path(sys.argv[1])
job = json.loads((folder / "job.json").read_text())
torch.set_num_threads(job["threads"])


def load(name):
    return torch.from_numpy(np.load(folder / f"{name}.npy"))


features, labels, rows, betas = load("features"), load("labels"), load("rows").long(), load("beta")
bits, batch = job["bits"], rows.shape[1]
distinct = 1 - torch.eye(batch)


def step_loss(parameters, x, y, beta):
    return loss_of(job["method"], bits, parameters, x, y, beta, distinct)


class Training:
    def __init__(self, compiled):
        self.parameters = [load(name).clone().requires_grad_() for name in job["parameters"]]
        self.optimizer = torch.optim.Adam(self.parameters, lr=job["learningRate"])
        self.loss_of = torch.compile(step_loss) if compiled else step_loss
        self.done = 0

    def step(self):
        at = self.done % len(rows)
        picked = rows[at]
        loss = self.loss_of(self.parameters, features[picked], labels[picked], betas[at])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.done += 1
        return loss.item()


def gemm(times):
    weight = load(job["parameters"][0])
    x = features[rows[0]]
    best = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        F.linear(x, weight)
        best = min(best, time.perf_counter() - started)
    return 2 * x.shape[0] * weight.shape[0] * weight.shape[1] / best


trainings = {}


def answer(command, *arguments):
    if command == "trajectory":
        training = Training(compiled=False)
        return [training.step() for _ in range(int(arguments[0]))]
    if command == "gemm":
        return gemm(int(arguments[0]))
    name, count = arguments
    if name not in trainings:
        trainings[name] = Training(compiled=name == "compiled")
        for _ in range(3):  # the first steps compile
            trainings[name].step()
    seconds = []
    for _ in range(int(count)):
        started = time.perf_counter()
        trainings[name].step()
        seconds.append(time.perf_counter() - started)
    return seconds


print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
for line in sys.stdin:
    try:
        print(json.dumps({"answer": answer(*line.split())}), flush=True)
    except Exception as error:  # torch.compile needs a C++ compiler, which not every machine has
        print(json.dumps({"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}), flush=True)
