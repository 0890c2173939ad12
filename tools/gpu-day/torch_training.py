"""Milliseconds a training step in PyTorch: torch_training.py eager|compiled. The step of steps.mjs, features on the device."""

import sys

import torch.nn.functional as F
from part import attempt, timed, torch_device

torch, device, version = torch_device()
compiled = sys.argv[1] == "compiled"
ITEMS, DIM, HIDDEN, BITS, BATCH, CLASSES = 5120, 2048, 256, 48, 128, 10
STEPS = 20


def hashnet(h, s):
    x = 10 / BITS * (h @ h.T)
    return F.softplus(torch.where(s > 0, -x, x))


def dch(h, s, gamma=20.0):
    u = F.normalize(h)
    d = BITS / 2 * (1 - u @ u.T) + 0.001
    return torch.log1p(torch.where(s > 0, d / gamma, gamma / d))


def quantization(h, gamma=20.0):
    cosine = h.abs().sum(1) / (h.norm(dim=1) * BITS**0.5)
    return torch.log1p(BITS / 2 * (1 - cosine) / gamma).mean()


def steps_of(method):
    torch.manual_seed(0)
    features = torch.rand(ITEMS, DIM, device=device)
    labels = torch.arange(ITEMS, device=device) % CLASSES
    order = torch.randperm(ITEMS, device=device)
    head = torch.nn.Sequential(torch.nn.Linear(DIM, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, BITS)).to(device)
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-4, fused=device.type == "cuda")
    distinct = 1 - torch.eye(BATCH, device=device)

    def loss_of(x, y):
        s = (y[:, None] == y[None, :]).float()
        h = torch.tanh(head(x))
        terms = (hashnet if method == "hashnet" else dch)(h, s)
        similar = distinct * s
        dissimilar = distinct - similar
        loss = (terms * similar).sum() / similar.sum().clamp(min=1) + (terms * dissimilar).sum() / dissimilar.sum().clamp(min=1)
        return loss if method == "hashnet" else loss + 0.1 * quantization(h)

    loss_now = torch.compile(loss_of) if compiled else loss_of
    done = 0

    def step():
        nonlocal done
        at = done % (ITEMS // BATCH) * BATCH
        rows = order[at : at + BATCH]
        loss = loss_now(features[rows], labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        done += 1
        return loss

    return step


def speed(method):
    step = steps_of(method)
    for _ in range(3):  # the first steps compile
        step()

    def steps():
        losses = [step() for _ in range(STEPS)]
        losses[-1].item()  # waits for the device once, as a loop with few prints does

    return {"value": 1000 * timed(steps) / STEPS, "unit": "ms/step", "note": f"{STEPS} steps, then the loss is read"}


for method in ["hashnet", "dch"]:
    attempt(
        lambda method=method: speed(method),
        table="training",
        work=f"{method} step, batch 128, 2048→256→48, Adam",
        candidate=f"{version}{', torch.compile' if compiled else ''}",
    )
