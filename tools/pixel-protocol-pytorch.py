"""The trainings of tools/pixel-protocol.mjs in PyTorch, on the files it wrote: an independent implementation.

    python tools/pixel-protocol-pytorch.py FOLDER        (torch and numpy from PyPI)

Prints mean and standard deviation of the tie-aware mAP@all over the seeds it finds in FOLDER, for each method, number
of bits, and choice of pairs (all of a batch's matrix, or without the diagonal).
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

FOLDER = Path(sys.argv[1])
EPOCHS, BATCH = 30, 128


def part(seed, name):
    return np.load(FOLDER / str(seed) / f"{name}-features.npy"), np.load(FOLDER / str(seed) / f"{name}-labels.npy")


def pair_loss(method, h, s, bits, gamma=10.0):
    if method == "hashnet":
        x = 10 / bits * (h @ h.T)
        return F.softplus(torch.where(s > 0, -x, x))
    u = F.normalize(h)
    d = bits / 2 * (1 - u @ u.T) + 0.001
    return torch.log1p(torch.where(s > 0, d / gamma, gamma / d))


def quantization(h, bits, gamma=10.0):
    cosine = h.abs().sum(1) / (h.norm(dim=1) * bits**0.5)
    return torch.log1p(bits / 2 * (1 - cosine) / gamma).mean()


def train(method, bits, pairs, seed):
    torch.manual_seed(seed)
    x, y = (torch.from_numpy(a) for a in part(seed, "train"))
    head = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, bits))
    nn.init.normal_(head[2].weight, std=0.01)
    nn.init.zeros_(head[2].bias)
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
    steps_per_epoch = len(x) // BATCH
    total, step = EPOCHS * steps_per_epoch, 0
    for _ in range(EPOCHS):
        order = torch.randperm(len(x))
        for i in range(steps_per_epoch):
            rows = order[i * BATCH : (i + 1) * BATCH]
            beta = (1 + 0.005 * 200 * (step * 50 // total)) ** 0.5 if method == "hashnet" else 1.0
            h = torch.tanh(beta * head(x[rows]))
            s = (y[rows][:, None] == y[rows][None, :]).float()
            counted = torch.ones_like(s) if pairs == "all" else 1 - torch.eye(len(rows))
            losses = pair_loss(method, h, s, bits)
            loss = sum((losses * m).sum() / m.sum().clamp(min=1) for m in (s * counted, (1 - s) * counted))
            if method == "dch":
                loss = loss + 0.1 * quantization(h, bits)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    return head


def tie_aware_map(query, database, relevant):
    """Expected average precision over random orders of ties (McSherry & Najork 2008), mean over queries."""
    bits = query.shape[1]
    distances = (bits - query @ database.T) / 2
    values = []
    for distance, is_relevant in zip(distances.round().astype(int), relevant):
        n = np.bincount(distance, minlength=bits + 1)
        p = np.bincount(distance, weights=is_relevant, minlength=bits + 1)
        before, found, total = 0, 0.0, 0.0
        for count, hits in zip(n, p):
            if hits > 0:
                j = np.arange(1, count + 1)
                among = (j - 1) * (hits - 1) / max(count - 1, 1)
                total += hits / count * ((found + 1 + among) / (before + j)).sum()
            before, found = before + count, found + hits
        values.append(total / is_relevant.sum())
    return float(np.mean(values))


def codes(head, x):
    with torch.no_grad():
        return np.where(head(torch.from_numpy(x)).numpy() >= 0, 1.0, -1.0)


seeds = sorted(int(p.name) for p in FOLDER.iterdir() if p.name.isdigit())
for method in ("hashnet", "dch"):
    for bits in (16, 48, 64):
        for pairs in ("all", "distinct"):
            maps = []
            for seed in seeds:
                head = train(method, bits, pairs, seed)
                (q, ql), (d, dl) = part(seed, "query"), part(seed, "database")
                maps.append(tie_aware_map(codes(head, q), codes(head, d), (ql[:, None] == dl[None, :]).astype(float)))
            print(f"{method} {bits} {pairs}: {np.mean(maps):.4f} ± {np.std(maps, ddof=1):.4f} of {len(maps)}", flush=True)
