"""Codes that Python makes by a folder of `hashbook export`, beside those in it.

    python compare.py FOLDER PIXELS.npy PICTURES

PIXELS: what hashbook's preprocessing gave, (images * views, crop, crop, 3), in the order of ids.txt. PICTURES: the folder that
the ids are below. Prints JSON: bits that differ from the same pixels, and from files by the lines of README.md as they are
written (the session is kept between pictures, nothing else is changed), and by the same lines with a plain resize.
"""

import contextlib
import io
import json
import os
import re
import sys

import numpy as np
import onnxruntime
import PIL

folder, pixels_file, pictures = (os.path.abspath(path) for path in sys.argv[1:])
os.chdir(folder)
codes = np.load("codes.npy")
ids = open("ids.txt", encoding="utf-8").read().splitlines()
pixels = np.load(pixels_file)
how = json.load(open("preprocess.json"))
views = how["inputs"][0]["shape"][0]
lines = re.search(r"```python\n(.*?)```", open("README.md", encoding="utf-8").read(), re.S).group(1)

opened = {}
session = onnxruntime.InferenceSession


def kept(path, *options):
    if path not in opened:
        opened[path] = session(path, *options)
    return opened[path]


onnxruntime.InferenceSession = kept


def from_same_pixels():
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    model = session("model.onnx", options)
    differing = 0
    for row in range(len(ids)):
        given = pixels[row * views : (row + 1) * views].astype(np.float32)
        code = np.packbits(model.run(["code"], {"pixels": given})[0] > 0, axis=1)
        differing += int(np.bitwise_count(codes[row] ^ code).sum())
    return differing


def nearest(code):
    return np.argsort(np.bitwise_count(codes ^ code).sum(axis=1), kind="stable")[:10]


def from_files(text):
    program = compile(text, "README.md", "exec")
    bits, same, levels, most_levels = [], 0, 0.0, 0
    for row, name in enumerate(ids):
        sys.argv = ["search.py", os.path.join(pictures, name)]
        space = {}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(program, space)
        code = np.packbits(space["code"], axis=1)
        bits.append(int(np.bitwise_count(codes[row] ^ code).sum()))
        same += int(np.array_equal(nearest(code), nearest(codes[row])))
        off = np.abs(space["pixels"].astype(int) - pixels[row * views : (row + 1) * views].astype(int))
        levels += off.mean() / len(ids)
        most_levels = max(most_levels, int(off.max()))
    found = {"bits": sum(bits), "images": sum(one > 0 for one in bits), "most": max(bits)}
    return {**found, "sameTen": same / len(ids), "levels": levels, "mostLevels": most_levels}


print(
    json.dumps(
        {
            "images": len(ids),
            "samePixels": from_same_pixels(),
            "fromFiles": from_files(lines),
            "plain": from_files(re.sub(r"= image\.resize\(.*", '= image.resize((w, h), how["pilFilter"])', lines)),
            "versions": f"Python {sys.version.split()[0]}, onnxruntime {onnxruntime.__version__}, "
            f"Pillow {PIL.__version__}, NumPy {np.__version__}",
        }
    )
)
