"""The peers of bench/rank/run.mjs: NumPy, FAISS and usearch, one request at a time.

Reads JSON lines on stdin and answers each with one on stdout: {"seconds": …} and what the request asks for. Arrays come
and go as .npy files. Needs numpy; faiss-cpu and usearch where they are asked for.
"""

import json
import resource
import sys
import time

import numpy as np

state = {}


def timed(work):
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def load(request):
    """Packed codes (n, bytes) and labels (n) of both sides."""
    for name, path in request["files"].items():
        state[name] = np.load(path)
    state["unpacked"] = {}
    return {}


def signs(name, bits):
    known = state["unpacked"].get(name)
    if known is None:
        codes = np.unpackbits(state[name], axis=1)[:, :bits]
        known = state["unpacked"][name] = codes.astype(np.float32) * 2 - 1
    return known


def numpy_map(request):
    """The evaluation that published Python codes share: a matrix product, an argsort and cumulative sums a query."""
    bits, count = request["bits"], request["queries"]
    queries, database = signs("queries", bits)[:count], signs("database", bits)
    query_labels, database_labels = state["query_labels"], state["database_labels"]
    kind = request.get("sort")

    def work():
        total = 0.0
        for i in range(count):
            relevant = database_labels == query_labels[i]
            distances = 0.5 * (bits - database @ queries[i])
            order = np.argsort(distances, kind=kind)
            places = np.flatnonzero(relevant[order]) + 1.0
            total += np.mean(np.arange(1, len(places) + 1) / places)
        return total / count

    before = processor_seconds()
    seconds, value = timed(work)
    return {"seconds": seconds, "processorSeconds": processor_seconds() - before, "mAP": value}


def threads(request):
    import faiss

    faiss.omp_set_num_threads(request["threads"])
    return faiss


def faiss_build(request):
    faiss = threads(request)
    database = state["database"]
    bits = database.shape[1] * 8
    if request["index"] == "flat":
        index = faiss.IndexBinaryFlat(bits)
    elif request["index"] == "multihash":
        index = faiss.IndexBinaryMultiHash(bits, 4, bits // 4)
        index.nflip = 1
    else:
        index = faiss.IndexBinaryHash(bits, 16)
        index.nflip = 1
    seconds, _ = timed(lambda: index.add(database))
    state[request["index"]] = index
    return {"seconds": seconds}


def faiss_search(request):
    threads(request)
    queries = state["queries"][: request["queries"]]
    index = state[request["index"]]
    seconds, (distances, _) = timed(lambda: index.search(queries, request["k"]))
    if "out" in request:
        np.save(request["out"], distances.astype(np.int32))
    return {"seconds": seconds}


def usearch_search(request):
    from usearch.index import MetricKind, search

    queries, database = state["queries"][: request["queries"]], state["database"]
    seconds, matches = timed(
        lambda: search(
            database, queries, request["k"], MetricKind.Hamming, exact=True, threads=request["threads"]
        )
    )
    if "out" in request:
        np.save(request["out"], np.asarray(matches.distances).astype(np.int32))
    return {"seconds": seconds}


def faiss_open(request):
    """A flat index of a file of packed codes, which is read some codes at a time."""
    faiss = threads(request)
    database = np.load(request["file"], mmap_mode="r")
    index = faiss.IndexBinaryFlat(database.shape[1] * 8)
    for start in range(0, len(database), 1 << 20):
        index.add(np.ascontiguousarray(database[start : start + (1 << 20)]))
    state["flat"] = index
    state["queries"] = np.load(request["queries"])
    return {}


def faiss_singles(request):
    """Seconds of each query, one at a time, and the distances found."""
    threads(request)
    index, times, found = state["flat"], [], []
    for row in request["rows"]:
        seconds, (distances, _) = timed(lambda: index.search(state["queries"][row : row + 1], request["k"]))
        times.append(seconds)
        found.append(distances[0].tolist())
    return {"times": times, "distances": found if request.get("distances") else []}


def vectors_load(request):
    """Real-valued vectors (n, dim) of both sides, the gallery in a flat index."""
    faiss = threads(request)
    for name, path in request["files"].items():
        state[name] = np.load(path)
    state["flat"] = faiss.IndexFlatIP(state["gallery"].shape[1])
    state["flat"].add(state["gallery"])
    return {}


def vectors_search(request):
    threads(request)
    seconds, (_, found) = timed(lambda: state["flat"].search(state["queries"], request["k"]))
    np.save(request["out"], found.astype(np.int32))
    return {"seconds": seconds}


def vectors_product(_):
    """All inner products, some queries at a time, and nothing else."""
    queries, gallery = state["queries"], state["gallery"]
    out = np.empty((1024, len(gallery)), dtype=np.float32)

    def work():
        for start in range(0, len(queries), 1024):
            some = queries[start : start + 1024]
            np.matmul(some, gallery.T, out=out[: len(some)])

    seconds, _ = timed(work)
    return {"seconds": seconds}


def reading(request):
    """Bytes a second that threads read together; NumPy lets go of the interpreter meanwhile."""
    from concurrent.futures import ThreadPoolExecutor

    parts = [np.ones(request["bytes"] // 8 // request["threads"], dtype=np.uint64) for _ in range(request["threads"])]
    with ThreadPoolExecutor(request["threads"]) as pool:
        seconds = min(timed(lambda: list(pool.map(np.max, parts)))[0] for _ in range(request["turns"]))
    return {"bytes": sum(part.nbytes for part in parts) / seconds}


def drop(request):
    for name in request["names"]:
        state.pop(name, None)
    return {}


def bandwidth(_):
    """Bytes a second that one thread reads."""
    values = np.ones(64 << 20, dtype=np.uint64)
    return {"bytes": values.nbytes / min(timed(lambda: values.max())[0] for _ in range(3))}


def versions(_):
    found = {"python": sys.version.split()[0], "numpy": np.__version__}
    for name in ("faiss", "usearch"):
        try:
            found[name] = __import__(name).__version__
        except ImportError:
            pass
    return found


OPERATIONS = {f.__name__: f for f in (load, numpy_map, faiss_build, faiss_search, usearch_search, faiss_open, faiss_singles, vectors_load, vectors_search, vectors_product, reading, drop, bandwidth, versions)}

for line in sys.stdin:
    request = json.loads(line)
    answer = OPERATIONS[request["do"]](request)
    answer["peakBytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(answer), flush=True)
