"""Pooled and whitened features by PyTorch, NumPy and scikit-learn, for test/backbone and test/features.

    pip install torch numpy scikit-learn
    python tools/make-feature-goldens.py

Inputs are made by a formula (test/features/formula-maps.ts makes the same numbers), so only results are written, to
test/goldens/pooling.json and test/goldens/whitening.json: generalised means as in the code of Radenović et al.
(cirtorch: avg_pool2d(x.clamp(min=eps).pow(p)).pow(1/p)); the exponent at which the slope of the supervised contrastive
loss, by torch.autograd in float64, changes its sign; PCA(whiten=True) of rows of length 1, and the same with shrunk
variances by numpy.linalg.eigh. The greatest weight of each principal direction is positive.
"""

import json
from pathlib import Path

import numpy as np
import torch
from sklearn.decomposition import PCA

ROOT = Path(__file__).parent.parent / "test" / "goldens"
MASK = 0xFFFFFFFF
IMAGES, SIDE, CHANNELS, PER_CLASS = 12, 6, 8, 3
ROWS, DIM, KEPT = 40, 12, 5
SHRINKAGE = 0.2


def uniform(name, count):
    """count numbers in [0, 1), as in tools/make-resnet-goldens.py."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & MASK
    h = (np.arange(count, dtype=np.uint64) + value) & MASK
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & MASK
    h = ((h ^ (h >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & MASK
    return (h ^ (h >> np.uint64(16))).astype(np.float64) / 2**32


def maps():
    """(images, side, side, channels): noise cut off at zero as by a ReLU, and in each image a few peaks of its class."""
    values = np.maximum(0, 3 * uniform("maps", IMAGES * SIDE * SIDE * CHANNELS) - 2)
    values = values.reshape(IMAGES, SIDE * SIDE, CHANNELS)
    for image in range(IMAGES):
        label = image // PER_CLASS
        for peak in range(4):
            values[image, (7 * image + 11 * peak) % (SIDE * SIDE), label] += 0.5
    return values.reshape(IMAGES, SIDE, SIDE, CHANNELS).astype(np.float32)


def gem(x, p):
    """x: (images, channels, side, side), tensor."""
    clamped = x.clamp(min=1e-6).pow(p)
    return torch.nn.functional.avg_pool2d(clamped, (x.size(-2), x.size(-1))).pow(1.0 / p)[..., 0, 0]


def slope(x, p):
    """dL/dp of the supervised contrastive loss (Khosla et al. 2020, eq. 2), temperature 0.1."""
    exponent = torch.tensor(p, dtype=torch.float64, requires_grad=True)
    features = torch.nn.functional.normalize(gem(x, exponent), dim=1)
    logits = features @ features.T / 0.1
    labels = torch.arange(IMAGES) // PER_CLASS
    others = ~torch.eye(IMAGES, dtype=torch.bool)
    positive = (labels[:, None] == labels[None, :]) & others
    log_sums = torch.logsumexp(logits.masked_fill(~others, -torch.inf), dim=1, keepdim=True)
    log_probabilities = logits - log_sums
    loss = -((log_probabilities * positive).sum(1) / positive.sum(1)).mean()
    loss.backward()
    return exponent.grad.item()


def pooling_goldens():
    x = torch.tensor(maps().astype(np.float64)).permute(0, 3, 1, 2)
    low, high = 1.0, 6.0
    assert slope(x, low) < 0 < slope(x, high), "the exponent must lie between the bounds"
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(x, middle) < 0 else (low, middle)
    pooled = {str(p): np.round(gem(x[:3], p).numpy().ravel(), 7).tolist() for p in (2.5, 3.0, 6.0)}
    average = np.round(x[:3].mean(dim=(2, 3)).numpy().ravel(), 7).tolist()
    return {"average": average, "gem": pooled, "exponent": round(low, 4)}


def features():
    """(rows, dim): correlated, far from the origin."""
    mixing = uniform("mixing", DIM * DIM).reshape(DIM, DIM)
    return (uniform("rows", ROWS * DIM).reshape(ROWS, DIM) @ mixing + 0.5).astype(np.float32)


def signs(directions):
    at = np.abs(directions).argmax(axis=1)
    return np.sign(directions[np.arange(len(directions)), at])


def whitening_goldens():
    x = features().astype(np.float64)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    pca = PCA(n_components=KEPT, whiten=True, svd_solver="full").fit(unit)
    white = pca.transform(unit) * signs(pca.components_)
    centred = unit - unit.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / (ROWS - 1))
    values, directions = values[::-1][:KEPT], vectors.T[::-1][:KEPT]
    shrunk = (1 - SHRINKAGE) * values + SHRINKAGE * np.trace(centred.T @ centred) / (ROWS - 1) / DIM
    shrunken = centred @ directions.T / np.sqrt(shrunk) * signs(directions)
    return {
        "kept": KEPT,
        "variances": pca.explained_variance_.tolist(),
        "explained": pca.explained_variance_ratio_.sum(),
        "white": np.round(white[:6].ravel(), 6).tolist(),
        "shrinkage": SHRINKAGE,
        "shrunken": np.round(shrunken[:6].ravel(), 6).tolist(),
    }


for name, made in (("pooling", pooling_goldens()), ("whitening", whitening_goldens())):
    (ROOT / f"{name}.json").write_text(json.dumps(made, indent=1) + "\n")
