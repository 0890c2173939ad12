"""Features of torchvision's ResNets with weights made by a formula, for test/backbone.

    pip install torch torchvision numpy
    python tools/make-resnet-goldens.py

No pretrained weights are needed and none are committed: test/backbone/formula-weights.ts makes the same numbers.
Writes test/goldens/resnet.json: for each depth every eighth pooled feature of a 48x48 image, for ResNet-18 and -50
also the means over channels of layer3 and layer4 at each place. Computed in float64.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torchvision

ROOT = Path(__file__).parent.parent
IMAGES, SIDE = 1, 48
MASK = 0xFFFFFFFF


def name_hash(name):
    """FNV-1a, 32 bits."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & MASK
    return value


def uniform(name, count):
    """count numbers in [0, 1): the murmur3 finaliser of (index + hash of the name), over 2^32."""
    h = (np.arange(count, dtype=np.uint64) + name_hash(name)) & MASK
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & MASK
    h = ((h ^ (h >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & MASK
    return (h ^ (h >> np.uint64(16))).astype(np.float64) / 2**32


def formula_tensor(name, shape, last_norm):
    """Convolutions like He's initialisation; batch norms off the identity; the last norm of a block is small, so that
    152 layers do not blow the values up."""
    u = uniform(name, int(np.prod(shape))).reshape(shape)
    if len(shape) == 4:
        return (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
    part = name.rpartition(".")[2]
    if name.endswith(f".{last_norm}.weight"):
        return 0.1 + 0.2 * u
    if part == "weight":
        return 0.5 + u
    if part == "running_var":
        return 0.5 + u
    return 0.2 * u - 0.1


def pixels():
    """(images, side, side, 3) in about [-2, 2], smooth and different in each channel."""
    _, y, x, c = np.meshgrid(*(np.arange(s) for s in (IMAGES, SIDE, SIDE, 3)), indexing="ij")
    return (((x * (3 + c) + y * (5 - c) + x * y // 16) % 97) / 24.0 - 2.0).astype(np.float32)


def main():
    images = torch.from_numpy(pixels().astype(np.float64)).permute(0, 3, 1, 2)
    goldens = {"side": SIDE, "images": IMAGES, "features": {}, "layers": {}}
    for depth in (18, 34, 50, 101, 152):
        model = getattr(torchvision.models, f"resnet{depth}")(weights=None).double().eval()
        state = model.state_dict()
        for name, tensor in state.items():
            if name.startswith("fc.") or name.endswith("num_batches_tracked"):
                continue
            values = formula_tensor(name, tuple(tensor.shape), "bn3" if depth >= 50 else "bn2").astype(np.float32)
            state[name] = torch.from_numpy(values.astype(np.float64))
        model.load_state_dict(state)
        model.fc = torch.nn.Identity()
        outputs = {}
        for layer in ("layer3", "layer4"):
            getattr(model, layer).register_forward_hook(lambda _m, _i, out, layer=layer: outputs.update({layer: out}))
        with torch.no_grad():
            features = model(images).numpy()
        rounded = lambda values: [float(f"{value:.7g}") for value in values.ravel()]
        goldens["features"][f"resnet{depth}"] = rounded(features[:, ::8])
        if depth in (18, 50):
            goldens["layers"][f"resnet{depth}"] = {
                layer: rounded(output.permute(0, 2, 3, 1).numpy().mean(3)) for layer, output in outputs.items()
            }
        print(depth, features.shape, features.mean(), features.max())
    (ROOT / "test/goldens/resnet.json").write_text(json.dumps(goldens) + "\n")


if __name__ == "__main__":
    main()
