"""mAP@R of items of several labels as published Python evaluations compute it: NumPy, a query at a time."""

import json
import sys
import time
from pathlib import Path

import numpy as np


def mean_average_precision(queries, database, query_labels, database_labels, cutoff):
    bits = queries.shape[1]
    total = 0.0
    for code, labels in zip(queries, query_labels):
        relevant = database_labels @ labels > 0
        distances = 0.5 * (bits - database @ code)
        order = np.argsort(distances, kind="stable")
        found = relevant[order[:cutoff]].astype(np.float64)
        precision = np.cumsum(found) / np.arange(1, len(found) + 1)
        total += (precision * found).sum() / max(1, min(relevant.sum(), cutoff))
    return total / len(queries)


def main():
    folder, bits, count, cutoff = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    load = lambda side, what: np.load(folder / f"{side}-{what}.npy")
    signs = lambda side: np.unpackbits(load(side, "codes"), axis=1)[:, :bits].astype(np.float32) * 2 - 1
    queries, database = signs("query")[:count], signs("database")
    labels = [load(side, "labels").astype(np.float32) for side in ("query", "database")]
    mean_average_precision(queries[:2], database, labels[0][:2], labels[1], cutoff)  # warm
    started, processor = time.perf_counter(), time.process_time()
    value = mean_average_precision(queries, database, labels[0][:count], labels[1], cutoff)
    print(json.dumps({
        "mAP": value,
        "seconds": time.perf_counter() - started,
        "processorSeconds": time.process_time() - processor,
        "numpy": np.__version__,
    }))


main()
