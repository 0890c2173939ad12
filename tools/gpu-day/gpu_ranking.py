"""Milliseconds a query of the 100 nearest codes on the GPU: gpu_ranking.py COUNT. The codes of mixed.mjs, resident there.

By CuPy: distances by a kernel with popcount, the nearest by PyTorch's topk, or by CuPy's partition without PyTorch.
By PyTorch: distances as products of ±1 in 16 bits, the nearest by topk.
"""

import math
import sys

import numpy as np
from part import SETTINGS, attempt, mixed, timed, torch_device

BITS, NEAREST, BLOCK = 64, 100, 10
QUERIES = [5, 1] if SETTINGS["small"] else [100, 1]
count = int(float(sys.argv[1]))
KERNEL = r"""
extern "C" __global__ void distances(const unsigned long long* codes, const unsigned long long* queries,
                                     unsigned char* out, long long items, int count) {
  const long long item = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (item >= items) return;
  const unsigned long long code = codes[item];
  for (int query = 0; query < count; query++) out[query * items + item] = __popcll(code ^ queries[query]);
}
"""


def cupy_search():
    import cupy

    codes = mixed(cupy, 0, 2 * count).view(cupy.uint64)
    all_queries = mixed(cupy, 0x9E3779B9, 200).view(cupy.uint64)
    kernel = cupy.RawKernel(KERNEL, "distances")

    def distances(queries):
        out = cupy.empty((len(queries), count), cupy.uint8)
        kernel(((count + 255) // 256,), (256,), (codes, queries, out, np.int64(count), np.int32(len(queries))))
        return out

    try:
        import torch

        def nearest(queries):
            return torch.topk(torch.from_dlpack(distances(queries)), NEAREST, largest=False).values.cpu().numpy()

        by = f"CuPy {cupy.__version__} + topk of PyTorch"
    except ImportError:

        def nearest(queries):
            return cupy.partition(distances(queries), NEAREST - 1, axis=1)[:, :NEAREST].get()

        by = f"CuPy {cupy.__version__}"
    return by, nearest, all_queries


def torch_search():
    torch, device, version = torch_device()
    dtype = torch.float16 if device.type == "cuda" else torch.float32

    def signs(start, codes):
        out = torch.empty(codes, BITS, dtype=dtype, device=device)
        for at in range(0, codes, 10**6):
            rows = min(10**6, codes - at)
            bits = np.unpackbits(mixed(np, start + 2 * at, 2 * rows).view(np.uint8).reshape(rows, 8), axis=1)
            out[at : at + rows] = torch.from_numpy(bits).to(device).to(dtype) * 2 - 1
        return out

    codes, all_queries = signs(0, count), signs(0x9E3779B9, 100)

    def nearest(queries):
        products = torch.topk(queries @ codes.T, NEAREST).values
        return ((BITS - products.float()) / 2).cpu().numpy()

    return f"{version}, product in {16 if dtype == torch.float16 else 32} bits + topk", nearest, all_queries


def speed(nearest, all_queries, queries):
    total = 0

    def search():
        nonlocal total
        total = sum(float(nearest(all_queries[at : min(at + BLOCK, queries)]).sum()) for at in range(0, queries, BLOCK))

    seconds = timed(search)
    note = f"distances sum to {total:.0f}; the database is there already"
    return {"value": 1000 * seconds / queries, "unit": "ms/query", "note": note}


for name, search in {"CuPy": cupy_search, "PyTorch": torch_search}.items():
    row = {"table": "ranking", "work": f"10^{math.log10(count):.0f} codes"}
    try:
        by, nearest, all_queries = search()
    except (Exception, SystemExit) as error:  # not installed, no CUDA, too little memory
        attempt(lambda error=error: {"fault": f"{type(error).__name__}: {error}".splitlines()[0][:200]}, candidate=name, **row)
        continue
    for queries in QUERIES:
        row["work"] = f"10^{math.log10(count):.0f} codes, {queries} {'query' if queries == 1 else 'queries'} a call"
        attempt(lambda queries=queries: speed(nearest, all_queries, queries), candidate=by, **row)
    del nearest, all_queries
