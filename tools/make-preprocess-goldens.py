"""Goldens of image preprocessing: what PIL and torchvision's rules make of seeded synthetic images.

    python tools/make-preprocess-goldens.py        (needs numpy, pillow, torch; torchvision itself is not needed)

Writes test/goldens/preprocess/: the images, and the cropped 8-bit pixels (crop, crop, 3) of each case as .npy.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

OUT = Path(__file__).parent.parent / "test" / "goldens" / "preprocess"
FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def synthetic(width, height, seed):
    """Smooth colours, edges and noise: what resampling filters differ on."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (max(2, height // 12), max(2, width // 12), 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.BICUBIC)).astype(int)
    y, x = np.mgrid[0:height, 0:width]
    edges = (40 * np.sign(np.sin(x / 5) * np.sin(y / 7))).astype(int)[..., None]
    return Image.fromarray((smooth + edges + random.integers(-12, 13, smooth.shape)).clip(0, 255).astype(np.uint8))


def resize_and_crop(image, resize, crop, interpolation):
    """torchvision.transforms.functional: resize (shorter side, int()), center_crop (round half to even)."""
    width, height = image.size
    if width <= height:
        size = resize, int(resize * height / width)
    else:
        size = int(resize * width / height), resize
    image = image.resize(size, FILTERS[interpolation])
    top = int(round((size[1] - crop) / 2.0))
    left = int(round((size[0] - crop) / 2.0))
    return np.asarray(image.crop((left, top, left + crop, top + crop)))


def normalised(pixels):
    """ToTensor, Normalize; channels last."""
    values = torch.from_numpy(pixels.copy()).to(torch.float32).div(255)
    return ((values - torch.tensor(MEAN)) / torch.tensor(STD)).numpy()


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    synthetic(160, 120, 1).save(OUT / "wide.jpg", quality=90)
    synthetic(119, 161, 2).save(OUT / "tall.jpg", quality=85, subsampling=0)
    synthetic(500, 380, 3).save(OUT / "large.jpg", quality=60)
    synthetic(31, 20, 4).save(OUT / "small.png")
    synthetic(28, 28, 5).convert("L").save(OUT / "grey.png")
    cases = [
        ("wide.jpg", 64, 56), ("tall.jpg", 64, 57), ("large.jpg", 64, 64), ("large.jpg", 73, 64),
        ("small.png", 64, 57), ("small.png", 20, 20), ("grey.png", 64, 64), ("grey.png", 128, 112),
    ]
    listed = []
    for file, resize, crop in cases:
        for interpolation in FILTERS:
            name = f"{Path(file).stem}-{resize}-{crop}-{interpolation}.npy"
            pixels = resize_and_crop(Image.open(OUT / file).convert("RGB"), resize, crop, interpolation)
            np.save(OUT / name, pixels)
            listed.append(dict(file=file, resize=resize, crop=crop, interpolation=interpolation, expected=name))
    np.save(OUT / "wide-decoded.npy", np.asarray(Image.open(OUT / "wide.jpg")))
    np.save(OUT / "small-20-20-bilinear-normalised.npy", normalised(np.load(OUT / "small-20-20-bilinear.npy")))
    (OUT / "cases.json").write_text(json.dumps(listed, indent=1) + "\n")


if __name__ == "__main__":
    main()
