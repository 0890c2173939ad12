"""ONNX files as PyTorch writes them, and PyTorch's own features, for test/backbone and test/hashing.

    pip install torch onnx onnxscript numpy
    python tools/make-onnx-goldens.py

Writes test/goldens/onnx/: a tiny network exported by PyTorch's defaults (weights in default.onnx.data beside it, a batch
of 1), with a batch of any size, and by the older exporter for operator sets 11, 13 and 17; features.json: what PyTorch
makes of images by a formula.
"""

import json
from pathlib import Path

import numpy as np
import torch

OUT = Path(__file__).parent.parent / "test" / "goldens" / "onnx"
IMAGES, SIDE = 3, 24


class Tiny(torch.nn.Module):
    """Convolutions and a little attention: what changed between operator sets (Softmax, Squeeze, Split, means) is in it."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 8, 3, 2, 1)
        self.norm = torch.nn.BatchNorm2d(8)
        self.second = torch.nn.Conv2d(8, 16, 3, 2, 1)

    def forward(self, images):
        x = torch.relu(self.norm(self.first(images)))
        x = torch.nn.functional.gelu(self.second(x))
        tokens = x.flatten(2).transpose(1, 2)  # (batch, places, 16)
        query, key = tokens.split(8, dim=2)
        weights = torch.softmax(query @ key.transpose(1, 2), dim=-1)
        pooled = (weights @ tokens).mean(1, keepdim=True).squeeze(1)  # (batch, 16)
        return torch.cat([pooled, x.sum((2, 3)) / 36], 1)[:, :, None, None]  # (batch, 32, 1, 1)


def main():
    OUT.mkdir(exist_ok=True)
    torch.manual_seed(5)
    network = Tiny()
    with torch.no_grad():  # a norm that does something
        network.norm.running_mean.uniform_(-0.2, 0.2)
        network.norm.running_var.uniform_(0.5, 1.5)
    network.eval()
    values = np.arange(IMAGES * SIDE * SIDE * 3) * 37 % 101 / 50 - 1  # channels last, as the tests make them
    images = torch.from_numpy(values.reshape(IMAGES, SIDE, SIDE, 3).transpose(0, 3, 1, 2).astype(np.float32).copy())
    one = images[:1]
    torch.onnx.export(network, (one,), OUT / "default.onnx", verbose=False)
    free = {"images": {0: torch.export.Dim("batch")}}
    torch.onnx.export(network, (images,), OUT / "free.onnx", dynamic_shapes=free, external_data=False, verbose=False)
    for opset in (11, 13, 17):
        torch.onnx.export(
            network,
            (one,),
            OUT / f"opset{opset}.onnx",
            dynamo=False,
            opset_version=opset,
            input_names=["images"],
            dynamic_axes={"images": {0: "batch"}},
        )
    strip_traces(OUT)
    with torch.no_grad():
        features = network(images).flatten(1).tolist()
    made = {"torch": torch.__version__.split("+")[0], "images": IMAGES, "side": SIDE, "features": features}
    (OUT / "features.json").write_text(json.dumps(made) + "\n")


def strip_traces(folder):
    """Takes out of the files where in which Python file each node came from."""
    import onnx

    for file in folder.glob("*.onnx"):
        model = onnx.load(file, load_external_data=False)
        for node in model.graph.node:
            node.ClearField("metadata_props")
            node.ClearField("doc_string")
        for value in [*model.graph.value_info, *model.graph.input, *model.graph.output]:
            value.ClearField("metadata_props")
        model.ClearField("metadata_props")
        model.graph.ClearField("metadata_props")
        model.graph.ClearField("doc_string")
        file.write_bytes(model.SerializeToString())


main()
