"""Goldens of image files: kinds that are not decoded here, and what PIL makes of JPEGs that end too early.

    pip install pillow pillow-heif numpy
    python tools/make-image-goldens.py

Writes test/goldens/image-kinds/ (a tiny file of each kind) and test/goldens/truncated/: a progressive and a grey JPEG,
and truncated.json: for each JPEG (these, and those of test/goldens/preprocess) and number of bytes kept, the SHA-256 of
the RGB pixels that PIL gives with LOAD_TRUNCATED_IMAGES.
"""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import PIL
import pillow_heif
from PIL import Image, ImageFile

GOLDENS = Path(__file__).parent.parent / "test" / "goldens"
KEPT = (0.1, 0.35, 0.6, 0.85, 0.97)


def make_kinds(folder):
    folder.mkdir(exist_ok=True)
    pillow_heif.register_heif_opener()
    image = Image.fromarray(np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3))
    for name in ("photo.heic", "drawing.bmp", "scan.jp2", "icon.ico", "map.ppm", "still.avif"):
        image.save(folder / name)


def make_truncated(folder):
    folder.mkdir(exist_ok=True)
    source = Image.open(GOLDENS / "preprocess" / "wide.jpg")
    source.save(folder / "progressive.jpg", quality=85, progressive=True)
    source.convert("L").save(folder / "grey.jpg", quality=85)
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    cases = []
    for file in ("preprocess/wide.jpg", "preprocess/tall.jpg", "truncated/progressive.jpg", "truncated/grey.jpg"):
        content = (GOLDENS / file).read_bytes()
        for share in KEPT:
            kept = int(share * len(content))
            pixels = np.asarray(Image.open(io.BytesIO(content[:kept])).convert("RGB"))
            digest = hashlib.sha256(pixels.tobytes()).hexdigest()
            # A progressive JPEG cut in a header between two scans: PIL gives black, for nothing was put out yet.
            black = int(pixels.max()) == 0
            cases.append({"file": file, "kept": kept, "of": len(content), "black": black, "sha256": digest})
    (folder / "truncated.json").write_text(json.dumps({"pillow": PIL.__version__, "cases": cases}, indent=1) + "\n")


make_kinds(GOLDENS / "image-kinds")
make_truncated(GOLDENS / "truncated")
