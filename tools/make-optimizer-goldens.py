"""Parameters after each of some steps of PyTorch's optimisers and schedules, in float64, for test/training.

    pip install torch numpy
    python tools/make-optimizer-goldens.py

Writes test/goldens/optimizers.json: gradients that are given (they change in size by orders of magnitude), the settings
in our words, the parameters after 1, 10 and 40 steps; and learning rates of schedules epoch by epoch.
"""

import json
from pathlib import Path

import numpy as np
import torch

OUTPUT = Path(__file__).parent.parent / "test/goldens/optimizers.json"
torch.set_default_dtype(torch.float64)
STEPS = 40
KEPT = (1, 10, 40)
SHAPES = {"fc.0.weight": (3, 2), "fc.0.bias": (3,), "hash.weight": (2, 3), "hash.bias": (2,)}


def numbers(array):
    return [float(f"{float(x):.9g}") for x in np.asarray(array).ravel()]


def groups(parameters, lr, weight_decay, decay_biases, hash_factor, bias_factor):
    for name, parameter in parameters.items():
        bias = name.endswith("bias")
        factor = (hash_factor if name.startswith("hash") else 1) * (bias_factor if bias else 1)
        yield {"params": [parameter], "lr": lr * factor, "weight_decay": weight_decay if decay_biases or not bias else 0}


CASES = [
    ({"kind": "adam"}, torch.optim.Adam, {}),
    ({"kind": "adam", "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weightDecay": 0.1}, torch.optim.Adam,
     {"betas": (0.8, 0.95), "eps": 1e-3}),
    ({"kind": "adamw", "weightDecay": 0.1, "hashFactor": 10}, torch.optim.AdamW, {}),
    ({"kind": "adamw"}, torch.optim.AdamW, {}),
    ({"kind": "sgd"}, torch.optim.SGD, {}),
    ({"kind": "sgd", "momentum": 0.9, "weightDecay": 0.05, "decayBiases": False, "hashFactor": 10, "biasFactor": 2},
     torch.optim.SGD, {"momentum": 0.9}),
    ({"kind": "sgd", "momentum": 0.5, "nesterov": True, "weightDecay": 0.05}, torch.optim.SGD,
     {"momentum": 0.5, "nesterov": True}),
    ({"kind": "rmsprop"}, torch.optim.RMSprop, {}),
    ({"kind": "rmsprop", "smoothing": 0.9, "epsilon": 1e-4, "weightDecay": 0.1, "biasFactor": 2}, torch.optim.RMSprop,
     {"alpha": 0.9, "eps": 1e-4}),
]


def optimizer_case(options, optimizer, settings, start, gradients, lr):
    parameters = {name: torch.tensor(value.astype(np.float64)) for name, value in start.items()}
    made = optimizer(list(groups(parameters, lr, options.get("weightDecay", 0), options.get("decayBiases", True),
                                 options.get("hashFactor", 1), options.get("biasFactor", 1))), **settings)
    after = []
    for step in range(STEPS):
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(gradients[step][name].astype(np.float64))
        made.step()
        if step + 1 in KEPT:
            after.append({"step": step + 1, "parameters": {name: numbers(p) for name, p in parameters.items()}})
    return {"options": options, "learningRate": lr, "after": after}


def schedule_case(options, make, values):
    """Learning rate in each epoch; `values` is what the plateau watches after each."""
    parameter = torch.zeros(1)
    optimizer = torch.optim.SGD([parameter], lr=0.5)
    scheduler = make(optimizer)
    rates = []
    for value in values:
        rates.append(optimizer.param_groups[0]["lr"])
        parameter.grad = torch.zeros(1)
        optimizer.step()
        scheduler.step(*([value] if options["kind"] == "plateau" else []))
    return {"options": options, "learningRate": 0.5, "values": values, "rates": rates}


def main():
    rng = np.random.default_rng(20141222)
    start = {name: rng.normal(0, 1, shape).astype(np.float32) for name, shape in SHAPES.items()}
    sizes = 10 ** rng.uniform(-3, 1, STEPS)
    gradients = [{name: (size * rng.normal(0, 1, shape)).astype(np.float32) for name, shape in SHAPES.items()}
                 for size in sizes]
    cases = [optimizer_case(*case, start, gradients, 0.01) for case in CASES]
    values = [float(f"{v:.4g}") for v in [1, 0.9, 0.95, 0.9, 0.91, 0.92, 0.5, 0.49999, 0.6, 0.7, 0.6, 0.6, 0.3, 0.3, 0.3, 0.3]]
    lr = torch.optim.lr_scheduler
    schedules = [
        schedule_case({"kind": "step", "every": 3, "factor": 0.8}, lambda o: lr.StepLR(o, 3, 0.8), values),
        schedule_case({"kind": "cosine", "floor": 0.1}, lambda o: lr.CosineAnnealingLR(o, len(values), 0.05), values),
        schedule_case({"kind": "plateau", "factor": 0.5, "patience": 2},
                      lambda o: lr.ReduceLROnPlateau(o, factor=0.5, patience=2), values),
    ]
    document = {"start": {name: numbers(value) for name, value in start.items()},
                "shapes": {name: list(shape) for name, shape in SHAPES.items()},
                "gradients": [{name: numbers(g) for name, g in step.items()} for step in gradients],
                "cases": cases, "schedules": schedules}
    OUTPUT.write_text(json.dumps(document, separators=(",", ":")).replace('{"options"', '\n{"options"') + "\n")
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
