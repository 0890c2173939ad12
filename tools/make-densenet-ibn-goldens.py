"""Features of torchvision's DenseNets and of IBN-Net's ResNets with weights made by a formula, for test/backbone.

    pip install torch torchvision numpy
    git clone https://github.com/XingangPan/IBN-Net && git -C IBN-Net checkout d1673389b36c1180cf9bc35ea8260d84046da915
    python tools/make-densenet-ibn-goldens.py IBN-Net

No pretrained weights are needed and none are committed: test/backbone/formula-weights.ts makes the same numbers.
Writes test/goldens/densenet-ibn.json: every eighth pooled feature of an 80x80 image, of which DenseNet's last transition
leaves out a row, and for some the means over channels of a map before at each place. Computed in float64.
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision

ROOT = Path(__file__).parent.parent
SIDE = 80


def resnet_goldens():
    """The formulas of weights and pixels."""
    spec = importlib.util.spec_from_file_location("resnet_goldens", ROOT / "tools/make-resnet-goldens.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.SIDE = SIDE
    return module


def rounded(values):
    return [float(f"{value:.7g}") for value in values.ravel()]


def run(model, images, classifier, formulas, layers):
    state = model.state_dict()
    for name, tensor in state.items():
        if name.startswith(f"{classifier}.") or name.endswith("num_batches_tracked"):
            continue
        values = formulas.formula_tensor(name, tuple(tensor.shape), "bn3").astype(np.float32)
        state[name] = torch.from_numpy(values.astype(np.float64))
    model.load_state_dict(state)
    setattr(model, classifier, torch.nn.Identity())
    outputs = {}
    for name, (module, after) in layers.items():
        module.register_forward_hook(lambda _m, _i, out, name=name, after=after: outputs.update({name: after(out)}))
    with torch.no_grad():
        features = model(images).numpy()
    means = {name: rounded(out.permute(0, 2, 3, 1).numpy().mean(3)) for name, out in outputs.items()}
    return features, means


def main():
    sys.path.insert(0, sys.argv[1])
    from ibnnet import resnet50_ibn_a, resnet101_ibn_a

    formulas = resnet_goldens()
    images = torch.from_numpy(formulas.pixels().astype(np.float64)).permute(0, 3, 1, 2)
    goldens = {"side": SIDE, "images": len(images), "features": {}, "layers": {}}
    for depth in (121, 169, 201):
        model = getattr(torchvision.models, f"densenet{depth}")(weights=None).double().eval()
        # torchvision's ReLU behind norm5 is a function in place: the hook sees what comes before it
        layers = {"norm5": (model.features.norm5, lambda out: out.clamp(min=0))} if depth == 121 else {}
        features, means = run(model, images, "classifier", formulas, layers)
        name = f"densenet{depth}"
        goldens["features"][name] = rounded(features[:, ::8])
        if means:
            goldens["layers"][name] = means
        print(name, features.shape, features.mean(), features.max())
    for depth, make in ((50, resnet50_ibn_a), (101, resnet101_ibn_a)):
        model = make().double().eval()
        model.avgpool = torch.nn.AdaptiveAvgPool2d(1)  # theirs is for maps of 7x7 places
        layers = {layer: (getattr(model, layer), lambda out: out) for layer in ("layer3", "layer4")} if depth == 50 else {}
        features, means = run(model, images, "fc", formulas, layers)
        name = f"resnet{depth}-ibn-a"
        goldens["features"][name] = rounded(features[:, ::8])
        if means:
            goldens["layers"][name] = means
        print(name, features.shape, features.mean(), features.max())
    (ROOT / "test/goldens/densenet-ibn.json").write_text(json.dumps(goldens) + "\n")


if __name__ == "__main__":
    main()
