"""The peers of bench/extract.mjs: JPEG files to pooled ResNet-50 features on the CPU, images made by torchvision.

    pip install torch torchvision numpy pillow safetensors onnxruntime openvino
    python extract_pytorch.py weights WEIGHTS.safetensors                         seeded random weights
    python extract_pytorch.py FOLDER MODEL OUT.npy BATCH ENGINE                   features; prints one JSON line

ENGINE: eager, compile (PyTorch; MODEL is WEIGHTS.safetensors), onnxruntime, openvino, openvino-bf16 (MODEL is an .onnx file
that takes (batch, 224, 224, 3)).
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image
from safetensors.torch import load_file, save_file
from torchvision import transforms

WORKERS = 2


class Files(torch.utils.data.Dataset):
    def __init__(self, folder):
        self.paths = sorted(Path(folder).rglob("*.jpg"))
        normalise = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        steps = [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), normalise]
        self.transform = transforms.Compose(steps)

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, row):
        return self.transform(Image.open(self.paths[row]).convert("RGB"))


def torch_model(weights, _batch):
    model = torchvision.models.resnet50(weights=None).eval()
    model.load_state_dict(load_file(weights), strict=False)
    model.fc = torch.nn.Identity()
    return model, f"PyTorch {torch.__version__}"


def compiled_model(weights, batch):
    model, version = torch_model(weights, batch)
    return torch.compile(model), f"{version}, torch.compile"


def filled(run):
    """Our files have a fixed batch and channels last; the last batch is filled with zeros."""

    def model(images):
        count = len(images)
        given = np.zeros((model.batch, 224, 224, 3), np.float32)
        given[:count] = images.permute(0, 2, 3, 1).numpy()
        return torch.from_numpy(run(given)[:count].copy())

    return model


def onnxruntime_model(file, batch):
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    model = filled(lambda images: session.run(None, {"images": images})[0])
    model.batch = batch
    return model, f"onnxruntime {onnxruntime.__version__} (Python)"


def openvino_model(file, batch, precision="f32"):
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": precision})
    model = filled(lambda images: compiled([images])[0])
    model.batch = batch
    return model, f"OpenVINO {openvino.__version__}, {precision}"


ENGINES = {
    "eager": torch_model,
    "compile": compiled_model,
    "onnxruntime": onnxruntime_model,
    "openvino": openvino_model,
    "openvino-bf16": lambda file, batch: openvino_model(file, batch, "bf16"),
}


def main():
    if sys.argv[1] == "weights":
        torch.manual_seed(0)
        state = torchvision.models.resnet50(weights=None).state_dict()
        save_file({name: tensor for name, tensor in state.items() if tensor.dtype == torch.float32}, sys.argv[2])
        return
    folder, model_file, out, batch, engine = sys.argv[1:]
    model, version = ENGINES[engine](model_file, int(batch))
    loader = torch.utils.data.DataLoader(Files(folder), batch_size=int(batch), num_workers=WORKERS)
    with torch.inference_mode():
        model(torch.zeros(int(batch), 3, 224, 224))  # warm, as the other side is when its clock starts
        started = time.perf_counter()
        features = torch.cat([model(images) for images in loader]).numpy()
        seconds = time.perf_counter() - started
    np.save(out, features)
    own, children = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    report = {
        "images": len(features),
        "seconds": seconds,
        # of the main process, and of the largest worker times the workers
        "peakMiB": round(own + WORKERS * children),
        "threads": torch.get_num_threads(),
        "version": version,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
