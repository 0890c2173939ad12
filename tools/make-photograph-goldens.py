"""What PIL makes of real photographs, resized as timm and torchvision do it, for test/images.

    pip install numpy pillow scikit-image
    python tools/make-photograph-goldens.py

Writes test/goldens/photographs/: two photographs that scikit-image ships under CC0 (a cat, by S. van der Walt; a rocket,
by SpaceX), as JPEG, and cases.json. Of each case every fifth pixel in both directions is kept, as base64.
"""

import base64
import json
import math
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

OUT = Path(__file__).parent.parent / "test" / "goldens" / "photographs"
FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
EVERY = 5


def resized(image, resize, crop, interpolation, mode):
    """timm.data.transforms_factory: Resize (shorter side, or both for squash), CenterCrop."""
    width, height = image.size
    if mode == "squash":
        size = resize, resize
    elif width <= height:
        size = resize, int(resize * height / width)
    else:
        size = int(resize * width / height), resize
    image = image.resize(size, FILTERS[interpolation])
    top, left = int(round((size[1] - crop) / 2.0)), int(round((size[0] - crop) / 2.0))
    return np.asarray(image.crop((left, top, left + crop, top + crop)))


def main():
    OUT.mkdir(exist_ok=True)
    for name, array in (("cat.jpg", data.chelsea()), ("rocket.jpg", data.rocket())):
        Image.fromarray(array).save(OUT / name, quality=88)
    cases = []
    for file in ("cat.jpg", "rocket.jpg"):
        image = Image.open(OUT / file).convert("RGB")
        for crop, share, interpolation, mode in (
            (224, 0.875, "bilinear", "center"),
            (224, 0.875, "bicubic", "center"),
            (224, 0.9, "bicubic", "center"),
            (96, 0.9, "bicubic", "center"),
            (224, 1.0, "bicubic", "squash"),
        ):
            resize = math.floor(crop / share)
            pixels = resized(image, resize, crop, interpolation, mode)[::EVERY, ::EVERY]
            cases.append(
                {
                    **{"file": file, "resize": resize, "crop": crop, "interpolation": interpolation, "cropMode": mode},
                    "pixels": base64.b64encode(pixels.tobytes()).decode(),
                }
            )
    (OUT / "cases.json").write_text(json.dumps({"every": EVERY, "cases": cases}, indent=1) + "\n")


main()
