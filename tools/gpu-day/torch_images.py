"""Images a second in PyTorch: torch_images.py eager|compiled. Pixels go to the device and features come back in each call."""

import json
import sys
from pathlib import Path

import numpy as np
from part import SETTINGS, attempt, mixed, timed, torch_device

torch, device, version = torch_device()
compiled = sys.argv[1] == "compiled"
batches = [2] if SETTINGS["small"] else [32, 128] if compiled else [8, 32, 128]
precisions = {
    "fp32": (torch.float32, False),
    "fp32 by TF32": (torch.float32, True),
    "fp16": (torch.float16, True),
}


def load_safetensors(path):
    raw = Path(path).read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + at for at in entry["data_offsets"])
        tensors[name] = torch.from_numpy(np.frombuffer(raw[begin:end], np.float32).reshape(entry["shape"]).copy())
    return tensors


def resnet50():
    import torchvision

    model = torchvision.models.resnet50(weights=None)
    model.load_state_dict(load_safetensors(Path(SETTINGS["folder"]) / "resnet50.safetensors"), strict=False)
    model.fc = torch.nn.Identity()
    return model


def lite0():
    import timm

    return timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0)


def pixels(batch):
    """`mixedImages` of networks.mjs, channels first."""
    values = mixed(np, 1, batch * 224 * 224 * 3).astype(np.float64) * 4 / 2**32 - 2
    return torch.from_numpy(values.astype(np.float32).reshape(batch, 224, 224, 3).transpose(0, 3, 1, 2).copy())


def agreement(model):
    ours = Path(SETTINGS["folder"]) / "resnet50.f32"
    if not ours.exists():
        return {"fault": "hashbook's features are not there"}
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    expected = torch.from_numpy(np.fromfile(ours, np.float32)).reshape(2, -1)
    with torch.inference_mode():
        found = model(pixels(2).to(device)).cpu()
    value = float((expected - found).abs().max() / expected.abs().max())
    return {"value": value, "unit": "of the largest feature", **({} if value <= 1e-4 else {"fault": "more than 0.0001"})}


def speed(model, batch, dtype, tf32):
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
    ready = model.to(device, dtype, memory_format=torch.channels_last)
    if compiled:
        ready = torch.compile(ready)
    images = pixels(batch)
    resident = images.to(device, dtype, memory_format=torch.channels_last)

    def there_and_back():
        ready(images.to(device).to(dtype, memory_format=torch.channels_last)).float().cpu()

    def stays():
        ready(resident)
        if device.type == "cuda":
            torch.cuda.synchronize()

    with torch.inference_mode():
        seconds, without = timed(there_and_back), timed(stays)
    return {"value": batch / seconds, "unit": "images/s", "note": f"{batch / without:.0f} with the images there already"}


for name, build in {"resnet50": resnet50, "efficientnet-lite0": lite0}.items():
    if name == "resnet50" and not compiled:
        row = {"table": "agreement", "work": "resnet50 fp32", "candidate": version}
        attempt(lambda build=build: agreement(build().eval().to(device)), **row)
    for precision, (dtype, tf32) in precisions.items():
        for batch in batches:
            work = f"{name} {precision}, batch {batch}"
            candidate = f"{version}{', torch.compile' if compiled else ''}"
            attempt(
                lambda build=build, batch=batch, dtype=dtype, tf32=tf32: speed(build().eval(), batch, dtype, tf32),
                table="images",
                work=work,
                candidate=candidate,
            )
