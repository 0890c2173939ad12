"""Values and gradients of the losses behind each preset by PyTorch in float64, for test/training/presets.test.ts.

    pip install torch numpy
    python tools/make-preset-goldens.py

Each function follows the formulas of the code its preset is named after, in that code's own units and with its own
weights, so that a preset that translates them wrongly fails. Two deviations: pairs are those within one batch where the
Caffe code crosses two batches, and the papers' sums are means. Writes test/goldens/presets.json.
"""

import json
from pathlib import Path

import numpy as np
import torch

OUTPUT = Path(__file__).parent.parent / "test/goldens/presets.json"
torch.set_default_dtype(torch.float64)


def shared(y):
    return y @ y.T


def similar(y):
    return (shared(y) > 0).to(torch.float64)


def distinct(batch):
    return 1 - torch.eye(batch)


def balanced_mean(terms, s, counted):
    """Mean over counted pairs of w·term with w = |S|/|S1| or |S|/|S0| (HashNet, equation 2)."""
    n, n1 = counted.sum(), (counted * s).sum()
    w = torch.where(s > 0, n / n1.clamp(min=1), n / (n - n1).clamp(min=1))
    return (counted * w * terms).sum() / n


def jaccard(y):
    union = ((y[:, None, :] + y[None, :, :]) > 0).sum(-1)
    return shared(y) / union.clamp(min=1)


def likelihood(x, s):
    return torch.logaddexp(torch.zeros(()), x) - s * x


def length(v):
    return torch.sqrt((v * v).sum(-1) + 1e-8)


def cosine_distance(u, v):
    return u.shape[-1] / 2 * (1 - (u * v).sum(-1) / (length(u) * length(v)))


def paper_hashnet(h, y):
    s = similar(y)
    confidence = torch.where(s > 0, jaccard(y), torch.ones_like(s))
    return balanced_mean(confidence * likelihood(10 / h.shape[1] * (h @ h.T), s), s, distinct(len(h)))


def paper_dch(h, y, gamma=20.0, weight=0.1):
    s = similar(y)
    confidence = torch.where(s > 0, jaccard(y), torch.ones_like(s))
    d = cosine_distance(h[:, None, :], h[None, :, :]) + 0.001
    terms = s * torch.log(d / gamma) + torch.log(1 + gamma / d)
    quantization = torch.log(1 + cosine_distance(h.abs(), torch.ones_like(h)) / gamma).mean()
    return balanced_mean(confidence * terms, s, distinct(len(h))) + weight * quantization


def official_caffe(h, y, class_num=100.0):
    """pairwise_loss_layer.cu: the loss whose gradient its backward pass gives (asserted), pairs of one batch."""
    s = similar(y)
    counts = y.sum(1).clamp(min=1)
    sim = shared(y) ** 2 / (counts[:, None] * counts[None, :])
    sim = torch.where(sim == 0, torch.full_like(sim, 0.25), sim)
    counted = distinct(len(h))
    count = counted * torch.where(s > 0, torch.full_like(s, class_num), torch.ones_like(s))
    alpha = 10 / h.shape[1]
    loss = (count * 4 * sim * likelihood(alpha * (h @ h.T), s)).sum() / count.sum()
    with torch.no_grad():
        exp_product = torch.exp(alpha * (h @ h.T))
        diff = count * 2 * (1 / (1 + 1 / exp_product) - s) * sim * 4
        bottom_diff = alpha * (diff @ h) / count.sum()
    gradient = torch.autograd.grad(loss, h, retain_graph=True)[0]
    assert torch.allclose(gradient, bottom_diff, rtol=1e-9, atol=1e-15)
    return loss


def official_tf(u, y, gamma=20.0):
    """dch.py, cauchy_cross_entropy with normed=False; q_lambda = 0."""
    s = shared(y).clamp(0, 1)
    r = (u * u).sum(1, keepdim=True)
    dist = r - 2 * u @ u.T + r.T + 0.001
    cauchy = gamma / (dist + gamma)
    balance = (s - 1).abs() + s.numel() / s.sum() * s
    mask = ~torch.eye(len(u), dtype=torch.bool)
    loss = -s[mask] * torch.log(cauchy[mask]) - (1 - s[mask]) * torch.log(1 - cauchy[mask])
    return (loss * balance[mask]).mean()


def deephash_hashnet(u, y):
    """HashNet.py, HashNetLoss after its tanh."""
    s = similar(y)
    dot = 0.1 * u @ u.T
    loss = dot + torch.log(1 + torch.exp(-dot)) - s * dot
    total = s.numel()
    positive, negative = s.sum(), (1 - s).sum()
    loss = torch.where(s > 0, loss * total / positive.clamp(min=1), loss * total / negative.clamp(min=1))
    return loss.sum() / total


def deephash_dch(u, y, gamma=20.0, weight=0.1):
    """DCH.py, DCHLoss."""

    def d(a, b):
        cos = (a @ b.T) / (a.norm(dim=1, keepdim=True) @ b.norm(dim=1, keepdim=True).T).clamp(min=0.0001)
        return (1 - cos.clamp(max=0.99)) * u.shape[1] / 2

    s = similar(y)
    if s.sum() != 0 and (1 - s).sum() != 0:
        w = s * s.numel() / s.sum() + (1 - s) * s.numel() / (1 - s).sum()
    else:
        w = 1
    cross_entropy = w * (s * torch.log(d(u, u) / gamma) + torch.log(1 + gamma / d(u, u)))
    quantization = torch.log(1 + d(u.abs(), torch.ones_like(u)) / gamma)
    return cross_entropy.mean() + weight * quantization.mean()


def halves(h, y):
    half = len(h) // 2
    s = ((y[:half] * y[half:]).sum(1) > 0).to(torch.float64)
    union = ((y[:half] + y[half:]) > 0).sum(1).clamp(min=1)
    confidence = torch.where(s > 0, (y[:half] * y[half:]).sum(1) / union, torch.ones_like(s))
    return h[:half], h[half:], s, confidence


def seed_hashnet(h, y):
    a, b, s, confidence = halves(h, y)
    return balanced_mean(confidence * likelihood(10 / h.shape[1] * (a * b).sum(1), s), s, torch.ones_like(s))


def seed_dch(h, y, gamma=5.0):
    a, b, s, confidence = halves(h, y)
    d = cosine_distance(a, b) + 0.001
    terms = s * torch.log(d / gamma) + torch.log(1 + gamma / d)
    quantization = torch.log(1 + cosine_distance(h.abs(), torch.ones_like(h)) / gamma).mean()
    return balanced_mean(confidence * terms, s, torch.ones_like(s)) + quantization


LOSSES = [
    ("paper", "hashnet", paper_hashnet),
    ("paper", "dch", paper_dch),
    ("official-caffe", "hashnet", official_caffe),
    ("official-tf", "dch", official_tf),
    ("deephash-pytorch", "hashnet", deephash_hashnet),
    ("deephash-pytorch", "dch", deephash_dch),
    ("seed", "hashnet", seed_hashnet),
    ("seed", "dch", seed_dch),
]


def numbers(array):
    return [float(f"{float(x):.9g}") for x in np.asarray(array).ravel()]


def case(name, codes, labels):
    codes = np.asarray(codes, dtype=np.float32)
    runs = []
    for preset, method, loss in LOSSES:
        h = torch.tensor(codes.astype(np.float64), requires_grad=True)
        value = loss(h, torch.tensor(np.asarray(labels, dtype=np.float64)))
        value.backward()
        assert torch.isfinite(value) and torch.isfinite(h.grad).all(), (name, preset, method)
        runs.append({"preset": preset, "method": method, "value": value.item(), "gradient": numbers(h.grad)})
    return {"name": name, "batch": codes.shape[0], "bits": codes.shape[1], "classes": np.shape(labels)[1],
            "codes": numbers(codes), "labels": [int(x) for x in np.asarray(labels).ravel()], "runs": runs}


def main():
    rng = np.random.default_rng(20201130)
    relaxed = lambda batch, bits, beta=1.0: np.tanh(beta * rng.normal(0, 1, (batch, bits)))
    one_hot = lambda labels, classes: np.eye(classes)[labels]
    multi_hot = (rng.random((10, 5)) < 0.35).astype(int)
    multi_hot[multi_hot.sum(1) == 0, 0] = 1
    cases = [
        case("single-label", relaxed(12, 16), one_hot(rng.integers(0, 3, 12), 3)),
        case("multi-label", relaxed(10, 20), multi_hot),
        case("48 bits, sharp", relaxed(8, 48, 3.0), one_hot(rng.integers(0, 3, 8), 3)),
        case("only similar", relaxed(6, 12), one_hot([1] * 6, 2)),
        case("only dissimilar", relaxed(6, 12), one_hot(range(6), 6)),
    ]
    text = json.dumps({"cases": cases}, separators=(",", ":"))
    OUTPUT.write_text(text.replace('{"name"', '\n{"name"') + "\n")
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
