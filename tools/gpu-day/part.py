"""What the Python parts of the GPU day share; see part.mjs."""

import json
import os
import time

SETTINGS = json.loads(os.environ.get("HASHBOOK_GPU_DAY", '{"folder": ".", "small": true, "seconds": 1}'))


def tell(**row):
    print(json.dumps(row), flush=True)


def attempt(result, /, **row):
    """Does one piece of work; what goes wrong in it is its result, and the others follow."""
    try:
        tell(**row, **result())
    except Exception as error:  # out of memory, a kernel that is missing: the table says so
        tell(**row, fault=f"{type(error).__name__}: {error}".splitlines()[0][:200])


def timed(call):
    """Median seconds of a call, which must not return before its result is there; the first is not counted."""
    call()
    times = []
    end = time.perf_counter() + SETTINGS["seconds"]
    while not times or time.perf_counter() < end:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return sorted(times)[len(times) // 2]


def torch_device():
    """PyTorch's GPU; where a processor plays GPU for us, PyTorch too is only to be seen running."""
    import torch

    if torch.cuda.is_available():
        return torch, torch.device("cuda"), f"PyTorch {torch.__version__}"
    if SETTINGS["small"]:
        return torch, torch.device("cpu"), f"PyTorch {torch.__version__}, processor"
    raise SystemExit("error: PyTorch finds no CUDA")


def mixed(np, start, count):
    """`mixed` of mixed.mjs for start .. start + count - 1; np: NumPy or CuPy."""
    h = (np.arange(count, dtype=np.uint32) + np.uint32(start)).astype(np.uint32)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return h
