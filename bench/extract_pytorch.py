"""The peer of bench/extract.mjs: JPEG files to pooled ResNet-50 features with PyTorch and torchvision on the CPU.

    pip install torch torchvision numpy pillow safetensors
    python extract_pytorch.py weights WEIGHTS.safetensors                 seeded random weights
    python extract_pytorch.py FOLDER WEIGHTS.safetensors OUT.npy BATCH    features; prints one JSON line
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


def main():
    if sys.argv[1] == "weights":
        torch.manual_seed(0)
        state = torchvision.models.resnet50(weights=None).state_dict()
        save_file({name: tensor for name, tensor in state.items() if tensor.dtype == torch.float32}, sys.argv[2])
        return
    folder, weights, out, batch = sys.argv[1:]
    model = torchvision.models.resnet50(weights=None).eval()
    model.load_state_dict(load_file(weights), strict=False)
    model.fc = torch.nn.Identity()
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
        "version": f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}",
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
