"""Values and gradients of published losses, and published fits, by running their own code, for test/methods.

    pip install torch numpy scipy scikit-learn faiss-cpu
    apt install octave
    python tools/make-method-goldens.py DEEPHASH_PYTORCH ORTHOHASH SH_PYTORCH HASHING_BASELINES

Each argument is a checkout at the commit in PEERS; nothing in them is changed. What they import and a loss does not
need (torchvision, PIL, tqdm, evaluation) is replaced by stand-ins. Losses run in float64: the buffers that they make
in float32 are widened from outside, and the targets of CSQ's cross-entropy are cast.

DPSH and DHN sum over a bank of all codes, of which only the batch's rows carry a gradient. Here the bank is the batch.
Its gradient is then that of one of a pair's two codes: half the gradient of the pairs, while the quantisation error has
its whole one. A golden gradient is therefore twice that of the peer's code with half the weight of the quantisation.

Writes test/goldens/methods.json: inputs (exact in float32), values, gradients by the codes and by what is trained
beside them; test/goldens/method-fits.json: PCA by faiss, ITQ by its authors' MATLAB in Octave, spectral hashing by SH_PyTorch. (Not
ITQ by faiss: the quantisation error of the ITQMatrix of faiss 1.15.1 rises and falls from round to round, where the
algorithm's never rises.)
"""

import importlib
import json
import subprocess
import sys
import tempfile
import types
from pathlib import Path
from unittest.mock import MagicMock

import faiss
import numpy as np
import torch

GOLDENS = Path(__file__).parent.parent / "test/goldens"
PEERS = {
    "deephash-pytorch": {"repository": "github.com/swuxyj/DeepHash-pytorch", "commit": "ab14068ea9b33e8fe12de49d976d0c2e3f0dc129"},
    "orthohash": {"repository": "github.com/kamwoh/orthohash", "commit": "94c4a0335e8b52d79d9896d7ba195b3ea426ff55"},
    "sh-pytorch": {"repository": "github.com/TreezzZ/SH_PyTorch", "commit": "8b8bb3d9f6f8026a8cbef70fc75f6096ca22a451"},
    "hashing-baselines": {"repository": "github.com/willard-yuan/hashing-baseline-for-image-retrieval", "commit": "822837884bdb5d44e297015d05ad081cea695a56"},
}
CPU = torch.device("cpu")


def numbers(array, digits=9):
    """Nine digits, which a float32 needs to be exact."""
    values = array.detach().numpy() if isinstance(array, torch.Tensor) else np.asarray(array)
    return [float(f"{float(x):.{digits}g}") for x in values.ravel()]


def float32(array):
    return np.asarray(array, dtype=np.float32)


def double(array, grad=False):
    return torch.tensor(np.asarray(array, dtype=np.float64), requires_grad=grad)


def load(checkout, module, stand_ins):
    """A module of a checkout, as it is there; of same-named packages of other checkouts nothing stays loaded."""
    for name in [n for n in sys.modules if n.split(".")[0] in {"utils", "network", "models", "functions", "configs"}]:
        del sys.modules[name]
    sys.modules.update(stand_ins)
    sys.path.insert(0, str(checkout))
    try:
        return importlib.import_module(module)
    finally:
        sys.path.remove(str(checkout))


def mocks(*names):
    return {name: MagicMock() for name in names}


def deephash(checkout, module):
    return load(checkout, module, mocks("torchvision", "torchvision.transforms", "torchvision.datasets", "PIL", "tqdm"))


# --- the losses: (codes, one-hot or multi-hot labels) to a value, with what was drawn for them


def banked(loss_class, weight):
    """DPSH and DHN: config["alpha"] weighs the quantisation; the bank is the batch."""

    def run(codes, hot, options):
        batch, bits = codes.shape

        def once(alpha):
            u = double(codes, True)
            loss = loss_class({"num_train": batch, "n_class": hot.shape[1], "device": CPU}, bits)
            loss.U = loss.U.double()
            value = loss(u, torch.tensor(float32(hot)), torch.arange(batch), {"alpha": alpha})
            value.backward()
            return value.item(), u.grad

        alpha = options[weight]
        return {"value": once(alpha)[0], "gradients": {"codes": numbers(2 * once(alpha / 2)[1])}}

    return run


def dtsh(loss_class):
    def run(codes, hot, options):
        u = double(codes, True)
        config = {"alpha": options["margin"], "lambda": options["lambda"]}
        value = loss_class(config, codes.shape[1])(u, double(hot), None, config)
        value.backward()
        return {"value": value.item(), "gradients": {"codes": numbers(u.grad)}}

    return run


def csq(loss_class, rng):
    """`dataset` decides whether the peer takes labels for one class or for several."""

    def run(codes, hot, options):
        batch, bits = codes.shape
        several = (hot.sum(1) != 1).any()
        config = {"dataset": "coco" if several else "imagenet", "n_class": hot.shape[1], "device": CPU, "lambda": options["lambda"]}
        if bits & (bits - 1):  # scipy's Hadamard matrix has a power of two of rows; the peer stops here
            half = np.repeat([1.0, -1.0], bits // 2)
            drawn = torch.tensor(float32([rng.permutation(half) for _ in range(hot.shape[1])]))
            kind = type("WithCentres", (loss_class,), {"get_hash_targets": lambda self, n_class, bit: drawn})
        else:
            kind = loss_class
        torch.manual_seed(int(rng.integers(1 << 30)))
        loss = kind(config, bits)
        centres, ties = loss.hash_targets, loss.multi_label_random_center
        loss.hash_targets, loss.multi_label_random_center = centres.double(), ties.double()
        entropy = loss.criterion
        del loss.criterion  # a module, which a plain function may not replace
        loss.criterion = lambda p, target: entropy(p, target.double())
        u = double(codes, True)
        value = loss(u, double(hot), None, config)
        value.backward()
        constants = {
            "centres": {"shape": list(centres.shape), "data": numbers(centres)},
            "ties": {"shape": [bits], "data": numbers(2 * ties - 1)},
        }
        return {"value": value.item(), "gradients": {"codes": numbers(u.grad)}, "constants": constants}

    return run


def greedyhash(loss_class, rng):
    def run(codes, hot, options):
        bits, classes = codes.shape[1], hot.shape[1]
        config = {"n_class": classes, "device": CPU, "alpha": options["alpha"]}
        loss = loss_class(config, bits).double()
        weight = float32(rng.uniform(-1, 1, (classes, bits)) / np.sqrt(bits))
        with torch.no_grad():
            loss.fc.weight.copy_(double(weight))
        u = double(codes, True)
        value = loss(u, double(hot), None, config)
        value.backward()
        return {
            "value": value.item(),
            "gradients": {"codes": numbers(u.grad), "classifier": numbers(loss.fc.weight.grad)},
            "parameters": {"classifier": {"shape": [classes, bits], "data": numbers(weight)}},
        }

    return run


def orthohash(loss_class, cosine_class, rng):
    def run(codes, hot, options):
        bits, classes = codes.shape[1], hot.shape[1]
        centres = float32(np.where(rng.random((classes, bits)) < 0.5, -1, 1))
        head = cosine_class(bits, classes, double(centres), learn_cent=False)
        loss = loss_class(s=options["scale"], m=options["margin"], multiclass=bool((hot.sum(1) != 1).any()))
        u = double(codes, True)
        value = loss(head(u), u, double(hot))
        value.backward()
        constants = {"centres": {"shape": [classes, bits], "data": numbers(centres)}}
        return {"value": value.item(), "gradients": {"codes": numbers(u.grad)}, "constants": constants}

    return run


def batches(rng):
    """Labels and codes that every loss is tried on; the codes are raw outputs of a hash layer."""
    one_hot = lambda labels, classes: np.eye(classes, dtype=int)[labels]
    several = (rng.random((9, 5)) < 0.4).astype(int)
    several[several.sum(1) == 0, 2] = 1
    near = np.sign(rng.normal(0, 1, (3, 48)))[[0, 0, 0, 1, 1, 1, 2, 2, 2, 2]]
    return [
        ("one class an item, 16 bits", rng.normal(0, 1, (12, 16)), one_hot(rng.integers(0, 4, 12), 4)),
        ("one class an item, 48 bits", rng.normal(0, 1, (10, 48)), one_hot(rng.integers(0, 3, 10), 3)),
        ("several classes an item, 16 bits", rng.normal(0, 1, (9, 16)), several),
        ("several classes an item, 48 bits", rng.normal(0, 0.7, (9, 48)), several),
        ("only similar pairs", rng.normal(0, 1, (6, 16)), one_hot(np.ones(6, int), 2)),
        ("no similar pairs", rng.normal(0, 1, (5, 16)), one_hot(np.arange(5), 5)),
        ("codes near corners", near * 1.1 + rng.normal(0, 0.2, near.shape), one_hot([0, 0, 0, 1, 1, 1, 2, 2, 2, 2], 3)),
    ]


def loss_goldens(deephash_at, orthohash_at):
    rng = np.random.default_rng(20260917)
    losses = [
        ("dpsh", "DPSH.py", banked(deephash(deephash_at, "DPSH").DPSHLoss, "eta"), {"eta": 0.1, "pairs": "all"}),
        ("dhn", "DHN.py", banked(deephash(deephash_at, "DHN").DHNLoss, "lambda"), {"lambda": 0.1, "alpha": 0.5, "pairs": "all"}),
        ("dtsh", "DTSH.py", dtsh(deephash(deephash_at, "DTSH").DTSHLoss), {"scale": 1, "margin": 5, "lambda": 1, "pairs": "all"}),
        ("csq", "CSQ.py", csq(deephash(deephash_at, "CSQ").CSQLoss, rng), {"lambda": 0.0001}),
        ("greedyhash", "GreedyHash.py", greedyhash(deephash(deephash_at, "GreedyHash").GreedyHashLoss, rng), {"alpha": 0.1}),
    ]
    cases = []
    for method, file, run, options in losses:
        cases += [golden("deephash-pytorch", method, file, run, options, batch) for batch in batches(rng)
                  if method != "greedyhash" or (batch[2].sum(1) == 1).all()]
    peer = alexnet_module(orthohash_at)
    loss_class = load(orthohash_at, "functions.loss.orthohash", {}).OrthoHashLoss
    run = orthohash(loss_class, peer.CosSim, rng)
    cases += [golden("orthohash", "orthohash", "functions/loss/orthohash.py", run, {"scale": 8, "margin": 0.2}, batch)
              for batch in batches(rng)]
    return {"peers": PEERS, "cases": cases, "normalised": normalised(peer, loss_class, rng)}


def golden(peer, method, file, run, options, batch):
    name, codes, hot = batch
    codes = float32(codes)
    result = run(codes, hot, options)
    assert np.isfinite(result["value"]) and all(np.isfinite(g).all() for g in result["gradients"].values()), name
    size, bits = codes.shape
    return {"method": method, "name": name, "peer": peer, "file": file, "options": options, "batch": size, "bits": bits,
            "classes": hot.shape[1], "codes": numbers(codes), "labels": hot.tolist(), **result}


def alexnet_module(checkout):
    """The peer's network on a stand-in of torchvision's: features go straight to its hash layer."""
    identity = torch.nn.Identity
    network = types.SimpleNamespace(features=identity(), avgpool=identity(), classifier=[*(identity() for _ in range(6)), torch.nn.Linear(8, 1)])
    models = types.SimpleNamespace(alexnet=lambda pretrained: network)
    return load(checkout, "models.alexnet", {"torchvision": MagicMock(), "torchvision.models": models})


def normalised(peer, loss_class, rng):
    """OrthoHash's hash layer of 8 bits with batch normalisation; its linear part is the identity, so that z is the input."""
    batch, bits, classes = 7, 8, 3
    centres = float32(np.where(rng.random((classes, bits)) < 0.5, -1, 1))
    net = peer.AlexNet(bits, classes, codebook=double(centres)).double()
    norm = net.hash_fc[1]
    arrays = {"scale": float32(rng.uniform(0.5, 2, bits)), "shift": float32(rng.normal(0, 0.3, bits)),
              "mean": float32(rng.normal(0, 0.5, bits)), "variance": float32(rng.uniform(0.5, 2, bits))}
    with torch.no_grad():
        net.hash_fc[0].weight.copy_(torch.eye(bits))
        norm.weight.copy_(double(arrays["scale"]))
        norm.bias.copy_(double(arrays["shift"]))
        norm.running_mean.copy_(double(arrays["mean"]))
        norm.running_var.copy_(double(arrays["variance"]))
    z = float32(rng.normal(0.3, 1.5, (batch, bits)))
    hot = np.eye(classes, dtype=int)[rng.integers(0, classes, batch)]
    net.eval()
    in_use = net(double(z))[1]
    net.train()
    x = double(z, True)
    logits, codes = net(x)
    value = loss_class(s=8, m=0.2)(logits, codes, double(hot))
    value.backward()
    return {"peer": "orthohash", "file": "models/alexnet.py", "batch": batch, "bits": bits, "classes": classes,
            "options": {"scale": 8, "margin": 0.2}, "z": numbers(z), "labels": hot.tolist(), "centres": numbers(centres),
            "tensors": {key: numbers(array) for key, array in arrays.items()}, "inUse": numbers(in_use),
            "training": numbers(codes), "value": value.item(),
            "gradients": {"z": numbers(x.grad), "scale": numbers(norm.weight.grad), "shift": numbers(norm.bias.grad)},
            "state": {"mean": numbers(norm.running_mean), "variance": numbers(norm.running_var)}}


# --- the fits


def fit_goldens(sh_at, itq_at):
    rng = np.random.default_rng(20081208)
    n, dim, bits = 200, 20, 8
    mixing = rng.normal(0, 1, (dim, dim)) * np.geomspace(3, 0.1, dim)
    features = float32(rng.laplace(0, 1, (n, dim)) @ mixing.T + rng.normal(0, 2, dim))
    pca = faiss.PCAMatrix(dim, bits)
    pca.train(features)
    axes = faiss.vector_to_array(pca.A).reshape(-1, dim)[:bits]
    projected = float32(pca.apply(features))
    start = np.linalg.svd(rng.normal(0, 1, (bits, bits)))[0]
    rounds = {str(count): itq(itq_at, projected, start, count) for count in (1, 3, 50)}
    return {"n": n, "dim": dim, "bits": bits, "features": numbers(features),
            "pca": {"by": f"faiss {faiss.__version__}, PCAMatrix", "axes": numbers(axes), "projected": numbers(projected)},
            "itq": {"peer": "hashing-baselines", "file": "Method-CBE/baselines/ITQ.m", "start": numbers(rounds["1"][0], 12),
                    "rotated": {count: numbers(projected @ rotation) for count, (_, rotation) in rounds.items()}},
            "spectral": spectral(sh_at, features, (5, bits))}


def itq(checkout, projected, start, rounds):
    """
    The authors' function by Octave, which does one round more than asked. It starts from the left singular vectors of
    randn's matrix: a randn of our own makes them `start` up to signs. Gives the start that it had, and the rotation.
    """
    spread = np.arange(start.shape[0], 0, -1.0)  # singular values that differ
    with tempfile.TemporaryDirectory() as folder:
        for name, array in (("V", projected), ("D", start * spread)):
            np.savetxt(f"{folder}/{name}.txt", np.asarray(array, dtype=np.float64), fmt="%.17g")
        Path(folder, "randn.m").write_text(f"function R = randn(m, n)\n  R = load('{folder}/D.txt');\nend\n")
        code = (f"warning('off', 'all'); addpath('{checkout}/Method-CBE/baselines'); addpath('{folder}'); V = load('{folder}/V.txt');"
                f"[U, S, W] = svd(randn(1, 1)); [B, R] = ITQ(V, {rounds - 1}); out = [U; R]; save('-ascii', '-double', '{folder}/out.txt', 'out');")
        subprocess.run(["octave-cli", "--quiet", "--no-init-file", "--eval", code], check=True)
        return np.split(np.loadtxt(f"{folder}/out.txt"), 2)


def spectral(checkout, features, bit_counts):
    """SH_PyTorch's own `train`, whose codes of the database are those of the features; its evaluation is left out."""
    np.int = int  # a name that NumPy had when the peer was written
    evaluate = types.SimpleNamespace(mean_average_precision=lambda *_: 0, pr_curve=lambda *_: (0, 0))
    stand_ins = {"utils": types.ModuleType("utils"), "utils.evaluate": evaluate}
    peer = load(checkout, "sh", stand_ins)
    x = torch.tensor(features.astype(np.float64))
    zeros = torch.zeros(len(features), 1)
    codes = {str(bits): peer.train(x, x[:2], zeros[:2], x, zeros, bits, CPU, -1)["rB"].numpy() for bits in bit_counts}
    assert all((np.abs(c) == 1).all() for c in codes.values())
    return {"peer": "sh-pytorch", "file": "sh.py", "codes": {k: [int(v) for v in c.ravel()] for k, c in codes.items()}}


def check(checkout, peer):
    head = subprocess.run(["git", "-C", checkout, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    expected = PEERS[peer]["commit"]
    if head.stdout.strip() != expected:
        raise SystemExit(f"{checkout}: expected {PEERS[peer]['repository']} at {expected}, found {head.stdout.strip()}")
    return Path(checkout)


def write(name, value):
    file = GOLDENS / name
    text = json.dumps(value, separators=(",", ":"))
    file.write_text(text.replace('{"method"', '\n{"method"') + "\n")
    print(f"{file}: {file.stat().st_size} bytes")


def main():
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    deephash_at, orthohash_at, sh_at, itq_at = (check(path, peer) for path, peer in zip(sys.argv[1:], PEERS))
    write("methods.json", loss_goldens(deephash_at, orthohash_at))
    write("method-fits.json", fit_goldens(sh_at, itq_at))


if __name__ == "__main__":
    main()
