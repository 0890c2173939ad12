"""A whole training in PyTorch, validation included, as bench/train/whole.mjs asks for it.

    python bench/train/whole_peer.py FOLDER      (torch and numpy from PyPI)

FOLDER holds job.json (threads) and, in a folder a method, what whole.mjs has written. Commands on stdin, one answer in
JSON a line on stdout:
    train METHOD EVERY    30 epochs; validated every so manieth epoch, the last among them; 0: never
Features lie in memory before the clock runs. Validation encodes queries and database, ranks by a product of signs and
takes tie-aware mAP from a histogram of distances, all queries at once.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

from losses import head, loss_of

folder = Path(sys.argv[1])
job = json.loads((folder / "job.json").read_text())
torch.set_num_threads(job["threads"])


def load(name):
    return torch.from_numpy(np.load(folder / f"{name}.npy"))


features, labels = load("features"), load("labels").long()
query, database = load("query").long(), load("database").long()
harmonic = torch.cat([torch.zeros(1, dtype=torch.float64), (1 / torch.arange(1, len(database) + 1, dtype=torch.float64)).cumsum(0)])
relevant_pairs = labels[query][:, None] == labels[database][None, :]  # (queries, database)


def tie_aware(codes_q, codes_d, bits):
    """McSherry and Najork 2008: the mean over all orders of tied items, by groups of equal distance."""
    distance = ((bits - codes_q @ codes_d.T) / 2).round().long()  # (queries, database)
    zeros = torch.zeros(len(codes_q), bits + 1, dtype=torch.float64)
    n = zeros.scatter_add(1, distance, torch.ones_like(distance, dtype=torch.float64))
    p = zeros.scatter_add(1, distance, relevant_pairs.double())
    before, found = n.cumsum(1) - n, p.cumsum(1) - p
    c = torch.where(n > 1, (p - 1) / (n - 1).clamp(min=1), torch.zeros(()))
    steps = harmonic[(before + n).long()] - harmonic[before.long()]
    terms = p / n.clamp(min=1) * (c * n + (found + 1 - c * (before + 1)) * steps)
    total = p.sum(1)
    return (terms.sum(1)[total > 0] / total[total > 0]).mean().item()


@torch.no_grad()
def validate(parameters, bits):
    codes = torch.where(head(parameters, torch.cat([validated_queries, validated_database])) >= 0, 1.0, -1.0)
    q, d = codes[: len(query)], codes[len(query) :]
    share = (d > 0).float().mean(0)
    correlation = torch.nan_to_num(torch.corrcoef(d.T))
    return tie_aware(q, d, bits), (share - 0.5).abs().mean().item(), correlation.abs().mean().item()


validated_queries, validated_database = features[query], features[database]


def train(method, every):
    config = job["methods"][method]
    bits, names = config["bits"], config["parameters"]
    rows, betas = load(f"{method}/rows").long(), load(f"{method}/beta")
    per_epoch, batch = config["stepsPerEpoch"], rows.shape[1]
    first = [load(f"{method}/{name}") for name in names]
    started, busy = time.perf_counter(), time.process_time()
    parameters = [one.clone().requires_grad_() for one in first]
    optimizer = torch.optim.Adam(parameters, lr=config["learningRate"], fused=True)
    distinct = 1 - torch.eye(batch)
    epochs = len(rows) // per_epoch
    losses, measured = [], []
    for epoch in range(epochs):
        total = 0.0
        for step in range(epoch * per_epoch, (epoch + 1) * per_epoch):
            picked = rows[step]
            loss = loss_of(method, bits, parameters, features[picked], labels[picked], betas[step], distinct)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / per_epoch)
        if every > 0 and (epochs - epoch - 1) % every == 0:
            measured.append(validate(parameters, bits)[0])
    return {
        "seconds": time.perf_counter() - started,
        "busy": time.process_time() - busy,
        "losses": losses,
        "mAP": measured,
    }


print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    command, method, every = line.split()
    print(json.dumps(train(method, int(every))), flush=True)
