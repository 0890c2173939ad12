"""Values and gradients of the HashNet and DCH losses by PyTorch in float64, for test/hashing.

    pip install torch numpy
    python tools/make-loss-goldens.py

Written from the papers' formulas, pair by pair and as they stand there, except that sums over pairs and over items are
means, 0.001 is added to every distance in the cross-entropy and 1e-8 to every squared norm (as src/hashing documents).
Writes test/goldens/losses.json: inputs (exact in float32), values and gradients.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

OUTPUT = Path(__file__).parent.parent / "test/goldens/losses.json"
torch.set_default_dtype(torch.float64)


def pair_weights(labels, weighting, pairs, confidence):
    """s, w and the set of counted pairs, each (batch, batch)."""
    batch = len(labels)
    shared = labels @ labels.T
    s = (shared > 0).to(torch.float64)
    c = torch.ones(batch, batch)
    if confidence == "jaccard":
        union = ((labels[:, None, :] + labels[None, :, :]) > 0).sum(-1)
        c = torch.where(s > 0, shared / union.clamp(min=1), c)
    counted = torch.ones(batch, batch) if pairs == "all" else 1 - torch.eye(batch)
    if weighting == "none":
        return s, c, counted
    n, n1 = counted.sum(), (counted * s).sum()
    n0 = n - n1
    # a batch without pairs of one kind has nothing that the infinite weight would fall on
    w = torch.where(s > 0, c * n / n1 if n1 > 0 else c, n / n0 if n0 > 0 else c)
    return s, w, counted


def pair_mean(terms, w, counted):
    return (counted * w * terms).sum() / counted.sum()


def hashnet(h, labels, alpha=None, weighting="class-balanced", pairs="distinct", confidence=None):
    s, w, counted = pair_weights(labels, weighting, pairs, confidence)
    x = (alpha if alpha is not None else 10 / h.shape[1]) * (h @ h.T)
    # log(1 + exp(x)) − s·x, with log(1 + exp(x)) − x = log(1 + exp(−x)) for similar pairs so that 10,000 − 10,000 is not it
    return pair_mean(torch.logaddexp(torch.zeros(()), torch.where(s > 0, -x, x)), w, counted)


def length(v):
    return torch.sqrt((v * v).sum(-1) + 1e-8)


def dch(h, labels, gamma=20.0, weighting="class-balanced", pairs="distinct", confidence=None, **options):
    s, w, counted = pair_weights(labels, weighting, pairs, confidence)
    bits = h.shape[1]
    cosine = (h[:, None, :] * h[None, :, :]).sum(-1) / (length(h)[:, None] * length(h)[None, :])
    d = bits / 2 * (1 - cosine) + options.get("epsilon", 0.001)
    cross_entropy = pair_mean(s * torch.log(d / gamma) + torch.log(1 + gamma / d), w, counted)
    one = torch.ones(bits)
    to_corner = bits / 2 * (1 - (h.abs() @ one) / (length(h) * torch.sqrt(one @ one)))
    quantization = torch.log(1 + to_corner / gamma).mean()
    return cross_entropy + options.get("lambda", 0.1) * quantization


LOSSES = {"hashnet": hashnet, "dch": dch}


def numbers(array):
    """Nine digits, which a float32 needs to be exact."""
    return [float(f"{float(x):.9g}") for x in np.asarray(array).ravel()]


def float32(array):
    return np.asarray(array, dtype=np.float32)


def one_hot(labels, classes):
    return np.eye(classes)[labels]


def case(name, codes, labels, runs):
    codes = float32(codes)
    results = []
    for loss, options in runs:
        h = torch.tensor(codes.astype(np.float64), requires_grad=True)
        value = LOSSES[loss](h, torch.tensor(np.asarray(labels, dtype=np.float64)), **options)
        value.backward()
        assert torch.isfinite(value) and torch.isfinite(h.grad).all(), name
        results.append({"loss": loss, "options": options, "value": value.item(), "gradient": numbers(h.grad)})
    return {"name": name, "batch": codes.shape[0], "bits": codes.shape[1], "classes": np.shape(labels)[1],
            "codes": numbers(codes), "labels": [int(x) for x in np.asarray(labels).ravel()], "runs": results}


def head_case(name, rng, loss, hidden, beta, dropout, options):
    batch, dim, bits, classes = 7, 10, 12, 3
    widths = [dim, *hidden, bits]
    parameters = {}
    for i, (inputs, outputs) in enumerate(zip(widths[:-1], widths[1:])):
        layer = "hash" if i == len(hidden) else f"fc.{i}"
        parameters[f"{layer}.weight"] = float32(rng.normal(0, 0.5, (outputs, inputs)))
        parameters[f"{layer}.bias"] = float32(rng.normal(0, 0.2, outputs))
    features = float32(np.abs(rng.normal(0, 1, (batch, dim))))
    labels = one_hot(rng.integers(0, classes, batch), classes)
    masks = [float32((rng.random((batch, width)) >= dropout) / (1 - dropout)) for width in hidden] if dropout else []
    tensors = {key: torch.tensor(value.astype(np.float64), requires_grad=True) for key, value in parameters.items()}
    x = torch.tensor(features.astype(np.float64))
    for i in range(len(hidden)):
        x = F.relu(F.linear(x, tensors[f"fc.{i}.weight"], tensors[f"fc.{i}.bias"]))
        if masks:
            x = x * torch.tensor(masks[i].astype(np.float64))
    z = F.linear(x, tensors["hash.weight"], tensors["hash.bias"])
    value = LOSSES[loss](torch.tanh(beta * z), torch.tensor(labels), **options)
    value.backward()
    arrays = {key: {"shape": list(value.shape), "data": numbers(value)} for key, value in parameters.items()}
    gradients = {key: numbers(tensor.grad) for key, tensor in tensors.items()}
    return {"name": name, "loss": loss, "options": options, "beta": beta, "batch": batch, "inputDim": dim,
            "hidden": hidden, "bits": bits, "classes": classes, "features": numbers(features),
            "labels": [int(x) for x in labels.ravel()], "masks": [numbers(mask) for mask in masks],
            "parameters": arrays, "z": numbers(z.detach()), "value": value.item(), "gradients": gradients}


def cases():
    rng = np.random.default_rng(20170301)
    both = [("hashnet", {}), ("dch", {})]
    relaxed = lambda batch, bits, beta=1.0: np.tanh(beta * rng.normal(0, 1, (batch, bits)))
    multi_hot = (rng.random((9, 5)) < 0.35).astype(int)
    multi_hot[4] = 0  # an item without labels
    # three clusters of codes near corners, neighbours closer than ports' clamp of the cosine at 0.99
    corners = np.sign(rng.normal(0, 1, (3, 48)))[[0, 0, 0, 1, 1, 1, 2, 2, 2, 2]]
    near_corners = np.tanh(5 * (corners + rng.normal(0, 0.35, corners.shape)))
    with_zero = relaxed(6, 12)
    with_zero[2] = 0
    return [
        case("single-label", relaxed(12, 16), one_hot(rng.integers(0, 3, 12), 3), both + [
            ("hashnet", {"alpha": 0.1, "weighting": "none", "pairs": "all"}),
            ("hashnet", {"pairs": "all"}),
            ("dch", {"gamma": 5.0, "lambda": 1.0}),
            ("dch", {"gamma": 10.0, "lambda": 0.0, "weighting": "none", "pairs": "all"}),
            ("dch", {"epsilon": 0.1}),
        ]),
        case("multi-label", relaxed(9, 20), multi_hot, both + [
            ("hashnet", {"confidence": "jaccard"}),
            ("dch", {"confidence": "jaccard"}),
            ("hashnet", {"confidence": "jaccard", "weighting": "none"}),
        ]),
        case("64 bits", relaxed(10, 64, 2.0), one_hot(rng.integers(0, 4, 10), 4), both),
        case("only similar", relaxed(6, 12), one_hot([1] * 6, 2), both),
        case("only dissimilar", relaxed(5, 12), one_hot(range(5), 5), both),
        case("clusters near corners", near_corners, one_hot([0, 0, 0, 1, 1, 1, 2, 2, 2, 2], 3), both),
        case("dissimilar neighbours", near_corners, one_hot([0, 1, 2] * 3 + [0], 3), both),
        case("a zero vector", with_zero, one_hot(rng.integers(0, 2, 6), 2), both),
        case("extreme logits", np.sign(relaxed(6, 16)), one_hot(rng.integers(0, 2, 6), 2), [
            ("hashnet", {"alpha": 625.0}),  # up to 10,000
            ("hashnet", {"alpha": 5.0}),  # up to 80, where a naive float32 exp is near its limits
        ]),
        case("a pair", relaxed(2, 8), one_hot([0, 0], 1), both),
    ]


def main():
    rng = np.random.default_rng(20180618)
    heads = [
        head_case("HashNet with one hidden layer", rng, "hashnet", [8], 2.5, 0, {}),
        head_case("HashNet with dropout", rng, "hashnet", [8, 6], 1.25, 0.2, {"alpha": 0.2}),
        head_case("DCH with one hidden layer", rng, "dch", [8], 1, 0, {"gamma": 5.0, "lambda": 1.0}),
        head_case("DCH on the features themselves", rng, "dch", [], 1, 0, {}),
    ]
    text = json.dumps({"cases": cases(), "heads": heads}, separators=(",", ":"))
    OUTPUT.write_text(text.replace('{"name"', '\n{"name"') + "\n")
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
