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

folder = Path(sys.argv[1])
job = json.loads((folder / "job.json").read_text())
torch.set_num_threads(job["threads"])


def load(name):
    return torch.from_numpy(np.load(folder / f"{name}.npy"))


features, labels, rows, betas = load("features"), load("labels"), load("rows").long(), load("beta")
bits, batch = job["bits"], rows.shape[1]
distinct = 1 - torch.eye(batch)


def hashnet(h, s):
    x = 10 / bits * (h @ h.T)
    return F.softplus(torch.where(s > 0, -x, x))


def dch(h, s, gamma=20.0):
    u = F.normalize(h)
    d = bits / 2 * (1 - u @ u.T) + 0.001
    return torch.log1p(torch.where(s > 0, d / gamma, gamma / d))


def quantization(h, gamma=20.0):
    cosine = h.abs().sum(1) / (h.norm(dim=1) * bits**0.5)
    return torch.log1p(bits / 2 * (1 - cosine) / gamma).mean()


def loss_of(parameters, x, y, beta):
    s = (y[:, None] == y[None, :]).float()
    z = F.linear(F.relu(F.linear(x, parameters[0], parameters[1])), parameters[2], parameters[3])
    h = torch.tanh(beta * z)
    terms = (hashnet if job["method"] == "hashnet" else dch)(h, s)
    similar = distinct * s
    dissimilar = distinct - similar
    loss = (terms * similar).sum() / similar.sum().clamp(min=1) + (terms * dissimilar).sum() / dissimilar.sum().clamp(min=1)
    return loss if job["method"] == "hashnet" else loss + 0.1 * quantization(h)


class Training:
    def __init__(self, compiled):
        self.parameters = [load(name).clone().requires_grad_() for name in job["parameters"]]
        self.optimizer = torch.optim.Adam(self.parameters, lr=job["learningRate"])
        self.loss_of = torch.compile(loss_of) if compiled else loss_of
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
