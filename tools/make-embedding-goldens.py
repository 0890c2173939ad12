"""Values and gradients of ArcFace, batch-hard triplets and both around a neck, by running pytorch-metric-learning in float64.

    pip install torch numpy pytorch-metric-learning==2.9.0
    python tools/make-embedding-goldens.py

Its triplets are averaged over the anchors that have a positive and a negative (MeanReducer; its own default leaves out
those without a loss). The neck is PyTorch's BatchNorm1d with its shift held at 0, triplets before it and ArcFace after it,
as github.com/michuanhaohao/reid-strong-baseline has them.

Writes test/goldens/embeddings.json: inputs exact in float32, values, gradients by the embeddings and the classifier.
"""

import json
from pathlib import Path

import numpy as np
import pytorch_metric_learning
import torch
from pytorch_metric_learning import distances, losses, miners, reducers

OUTPUT = Path(__file__).parent.parent / "test/goldens/embeddings.json"
PEER = "pytorch-metric-learning"


def numbers(array):
    """Nine digits, which a float32 needs to be exact."""
    values = array.detach().numpy() if isinstance(array, torch.Tensor) else np.asarray(array)
    return [float(f"{float(x):.9g}") for x in values.ravel()]


def float32(array):
    return np.asarray(array, dtype=np.float32)


def double(array, grad=False):
    return torch.tensor(np.asarray(array, dtype=np.float64), requires_grad=grad)


def arcface_of(weights, scale, margin):
    """The peer's loss; its margin is in degrees, its weights are (dim, classes)."""
    classes, dim = weights.shape
    loss = losses.ArcFaceLoss(num_classes=classes, embedding_size=dim, margin=np.degrees(margin), scale=scale).double()
    with torch.no_grad():
        loss.W.copy_(double(weights).T)
    return loss


def triplet_of(distance, margin=None):
    """The peer's loss with its miner of the hardest in the batch; without a margin the soft one."""
    lp = distances.LpDistance(p=2, normalize_embeddings=distance == "unit")
    miner = miners.BatchHardMiner(distance=lp)
    smooth = margin is None
    loss = losses.TripletMarginLoss(margin=0 if smooth else margin, smooth_loss=smooth, distance=lp, reducer=reducers.MeanReducer())
    return lambda embeddings, labels: loss(embeddings, labels, miner(embeddings, labels))


def arcface(codes, labels, classes, options, rng):
    weights = float32(rng.normal(0, 1, (classes, codes.shape[1])))
    loss = arcface_of(weights, options["scale"], options["margin"])
    x = double(codes, True)
    value = loss(x, torch.tensor(labels))
    value.backward()
    return {
        "value": value.item(),
        "gradients": {"codes": numbers(x.grad), "classifier": numbers(loss.W.grad.T)},
        "parameters": {"classifier": {"shape": list(weights.shape), "data": numbers(weights)}},
    }


def triplet(codes, labels, _classes, options, _rng):
    x = double(codes, True)
    value = triplet_of(**options)(x, torch.tensor(labels))
    value.backward()
    return {"value": value.item(), "gradients": {"codes": numbers(x.grad)}}


def batches(rng):
    near = rng.normal(0, 1, (4, 24))[[0, 0, 0, 1, 1, 2, 2, 2, 3, 3]]
    labels = rng.integers(0, 4, 12)
    return [
        ("8 values", rng.normal(0, 1, (12, 8)), labels, 4),
        ("24 values, near their class", near + rng.normal(0, 1, near.shape), [0, 0, 0, 1, 1, 2, 2, 2, 3, 3], 5),
        ("24 values, near another class", near + rng.normal(0, 0.3, near.shape), [3, 1, 0, 2, 0, 1, 1, 3, 2, 0], 4),
        ("an item alone in its class", rng.normal(0, 2, (9, 16)), [0, 0, 1, 1, 1, 2, 3, 3, 3], 4),
    ]


def beyond_the_edge(rng):
    """Embeddings opposite to the weights of their class: angles beyond π − m."""
    labels = np.array([0, 1, 2, 0, 1])
    weights = rng.normal(0, 1, (3, 6))
    codes = float32(-weights[labels] * rng.uniform(0.5, 2, (5, 1)) + rng.normal(0, 0.05, (5, 6)))
    return codes, labels, float32(weights)


def neck(rng):
    """One batch through the neck: triplets of z, ArcFace of the normalised."""
    batch, bits, classes = 10, 12, 4
    labels = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3, 3])
    options = {"scale": 16, "margin": 0.3, "margins": "all", "tripletMargin": 0.4, "distance": "euclidean", "weight": 0.7}
    z = float32(rng.normal(0.4, 1.5, (batch, bits)))
    tensors = {"scale": float32(rng.uniform(0.5, 2, bits)), "mean": float32(rng.normal(0, 0.5, bits)), "variance": float32(rng.uniform(0.5, 2, bits))}
    weights = float32(rng.normal(0, 1, (classes, bits)))
    norm = torch.nn.BatchNorm1d(bits).double()
    norm.bias.requires_grad_(False)
    with torch.no_grad():
        norm.weight.copy_(double(tensors["scale"]))
        norm.running_mean.copy_(double(tensors["mean"]))
        norm.running_var.copy_(double(tensors["variance"]))
    norm.eval()
    in_use = norm(double(z))
    norm.train()
    x = double(z, True)
    loss = arcface_of(weights, options["scale"], options["margin"])
    y = torch.tensor(labels)
    value = loss(norm(x), y) + options["weight"] * triplet_of(options["distance"], options["tripletMargin"])(x, y)
    value.backward()
    return {"batch": batch, "bits": bits, "classes": classes, "options": options, "z": numbers(z), "labels": labels.tolist(),
            "classifier": numbers(weights), "tensors": {key: numbers(array) for key, array in tensors.items()},
            "inUse": numbers(in_use), "value": value.item(),
            "gradients": {"z": numbers(x.grad), "scale": numbers(norm.weight.grad), "classifier": numbers(loss.W.grad.T)},
            "state": {"mean": numbers(norm.running_mean), "variance": numbers(norm.running_var)}}


def case(method, name, run, options, stored, batch, rng):
    codes, labels, classes = float32(batch[1]), np.asarray(batch[2]), batch[3]
    result = run(codes, labels, classes, options, rng)
    assert np.isfinite(result["value"]) and result["value"] > 0, name
    size, bits = codes.shape
    return {"method": method, "name": name, "peer": PEER, "options": stored, "batch": size, "bits": bits, "classes": classes,
            "codes": numbers(codes), "labels": np.eye(classes, dtype=int)[labels].tolist(), **result}


def main():
    rng = np.random.default_rng(20190616)
    cases = []
    for options in ({"scale": 64, "margin": 0.5}, {"scale": 8, "margin": 0.2}):
        name = f"s {options['scale']}, m {options['margin']}"
        cases += [case("arcface", f"{batch[0]}, {name}", arcface, options, {**options, "margins": "all"}, batch, rng) for batch in batches(rng)]
    codes, labels, weights = beyond_the_edge(rng)
    options = {"scale": 8, "margin": 0.5}
    fixed = type("Fixed", (), {"normal": lambda self, *_: weights})()
    opposite = ("angles beyond π − m", codes, labels, 3)
    cases.append(case("arcface", opposite[0], arcface, options, {**options, "margins": "all"}, opposite, fixed))
    for options in ({"distance": "euclidean"}, {"distance": "euclidean", "margin": 0.3}, {"distance": "unit"}, {"distance": "unit", "margin": 0.3}):
        name = f"{options['distance']}, {'soft margin' if 'margin' not in options else 'margin 0.3'}"
        cases += [case("triplet", f"{batch[0]}, {name}", triplet, options, options, batch, rng) for batch in batches(rng)]
    peers = {PEER: {"version": pytorch_metric_learning.__version__, "torch": torch.__version__.split("+")[0]}}
    text = json.dumps({"peers": peers, "cases": cases, "neck": neck(rng)}, separators=(",", ":"), ensure_ascii=False)
    OUTPUT.write_text(text.replace('{"method"', '\n{"method"') + "\n")
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
