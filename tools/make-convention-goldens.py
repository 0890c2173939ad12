"""Makes test/goldens/conventions.json: mAP of 40 random searches by the functions that published codes compute it with.

The functions are taken out of the files where they stand and run as they are:
- HashNet/pytorch/src/test.py, HashNet/caffe/models/predict/imagenet/predict_parallel.py   github.com/thuml/HashNet 85387b8
- DeepHash/DeepHash/evaluation/__init__.py, distance/npversion.py                         github.com/thulab/DeepHash 9907613
- DeepHash-pytorch/utils/tools.py                                              github.com/swuxyj/DeepHash-pytorch ab14068
- orthohash/functions/hashing.py, configs.py, utils/misc.py                              github.com/kamwoh/orthohash 94c4a03
- Hadamard-Matrix-for-hashing/test.py (CSQ)              github.com/yuanli2333/Hadamard-Matrix-for-hashing 55cab00
- pytorch-metric-learning, the package: AccuracyCalculator

They sort unstably, so no two items are at one distance of a query: item j is at distance 2·orders[q][j] + constant of
query q. A query has 2(n−1) bits of its own. There an item has orders[q][j] ones and then zeros, and after these n−1 bits
their complement; the query has n−1 zeros and n−1 ones, and zeros in the bits of other queries, where all items have as
many ones.

    pip install numpy==2.4.6 torch==2.15.0 scikit-learn==1.7.2 pytorch-metric-learning==2.9.0
    git clone each of the above into PEERS
    python tools/make-convention-goldens.py PEERS      (seeded, writes the same file every time)
"""

import contextlib
import io
import json
import logging
import math
import sys
import types
from pathlib import Path

import numpy as np
import torch
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from torch.utils.data import DataLoader, Dataset

OUT = Path(__file__).resolve().parent.parent / "test" / "goldens" / "conventions.json"
CASES = 40
MAX_BITS = 1024

np.float = float  # as NumPy had it when CSQ was written


def taken(path, name, **beside):
    """One function of a file, by its text: some are Python 2 around it, or import what is not needed."""
    lines = path.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(f"def {name}("))
    after = (i for i, line in enumerate(lines) if i > first and line[:1] not in ("", " ", "\t", ")", "#"))
    last = next(after, len(lines))
    space = {"np": np, "torch": torch, **beside}
    exec(compile("\n".join(lines[first:last]), str(path), "exec"), space)
    return space[name]


def peers(root):
    """By convention: (codes ±1 and labels 0/1 of queries and database, R or None for all) -> mAP."""
    test = taken(root / "HashNet/pytorch/src/test.py", "mean_average_precision")
    caffe = taken(root / "HashNet/caffe/models/predict/imagenet/predict_parallel.py", "mean_average_precision")
    inner = taken(root / "DeepHash/DeepHash/distance/npversion.py", "inner_product")
    distance = taken(
        root / "DeepHash/DeepHash/distance/npversion.py", "distance", inner_product=inner, sys=sys, util=None
    )
    get_maps = taken(root / "DeepHash/DeepHash/evaluation/__init__.py", "get_mAPs", distance=distance)
    top_map = taken(
        root / "DeepHash-pytorch/utils/tools.py",
        "CalcTopMap",
        tqdm=lambda steps: steps,
        CalcHammingDist=taken(root / "DeepHash-pytorch/utils/tools.py", "CalcHammingDist"),
    )
    misc = types.ModuleType("misc")
    exec((root / "orthohash/utils/misc.py").read_text(), misc.__dict__)
    loading = {"Dataset": Dataset, "DataLoader": DataLoader, "default_workers": 0}
    configs = types.SimpleNamespace(
        tensor_to_dataset=taken(root / "orthohash/configs.py", "tensor_to_dataset", **loading),
        dataloader=taken(root / "orthohash/configs.py", "dataloader", **loading),
    )
    ortho = taken(
        root / "orthohash/functions/hashing.py", "calculate_mAP", configs=configs, Timer=misc.Timer, logging=logging
    )
    csq = taken(root / "Hadamard-Matrix-for-hashing/test.py", "mean_average_precision")

    def thuml(case, r):
        names = ("test_code", "test_labels", "database_code", "database_labels")
        return test(dict(zip(names, case)), r or len(case[2]))

    def thuml_caffe(case, r):
        names = ("validation_code", "validation_labels", "database_code", "database_labels")
        return caffe({**dict(zip(names, case)), "R": r or len(case[2])})

    def orthohash(case, r):
        queries, query_labels, database, labels = map(torch.from_numpy, case)
        return ortho(database.float(), labels, queries.float(), query_labels, r or len(database))

    def csq_map(case, r):
        queries, query_labels, database, labels = case
        args = types.SimpleNamespace(R=r or len(database), T=0)
        return csq(database, queries, labels, query_labels, args)[0]

    return {
        "thuml": thuml,
        "thuml-caffe": thuml_caffe,
        "thulab": lambda case, r: get_maps(*case, r or len(case[2]), "inner_product"),
        # topK = -1 is how its settings say "all".
        "deephash-pytorch": lambda case, r: top_map(case[2], case[0], case[3], case[1], r or -1),
        "orthohash": orthohash,
        "csq": csq_map,
        "pytorch-metric-learning": lambda case, r: metric_learning(case, r, "mean_average_precision"),
        "pytorch-metric-learning@r": lambda case, r: metric_learning(case, r, "mean_average_precision_at_r"),
    }


def metric_learning(case, r, metric):
    queries, query_labels, database, labels = map(torch.from_numpy, case)

    def nearest(query, k, reference, _):
        return torch.topk((queries.shape[1] - query @ reference.T) / 2, k, dim=1, largest=False)

    calculator = AccuracyCalculator(
        include=(metric,),
        k=r,
        device=torch.device("cpu"),
        knn_func=nearest,
        label_comparison_fn=lambda a, b: (a * b).sum(-1) > 0,
    )
    return calculator.get_accuracy(queries, query_labels, database, labels)[metric]


def codes(orders):
    """±1 codes of queries and items, as the heading says."""
    queries, n = orders.shape
    own = np.arange(n - 1)[None, :] < np.array(orders)[:, :, None]  # (queries, n, n − 1)
    blocks = np.concatenate([own, ~own], axis=2)  # (queries, n, 2(n − 1))
    items = blocks.transpose(1, 0, 2).reshape(n, -1)
    asked = np.zeros((queries, queries, 2 * (n - 1)), dtype=bool)
    asked[np.arange(queries), np.arange(queries), n - 1 :] = True
    return np.where(asked.reshape(queries, -1), 1.0, -1.0), np.where(items, 1.0, -1.0)


def drawn(rng, number):
    """A search: single labels, -1 for none, and multi-hot ones in turn."""
    while True:
        count = int(rng.integers(2, 9))
        n = int(rng.integers(8, MAX_BITS // (2 * count) + 1)) if count > 6 else int(rng.integers(8, 61))
        classes = int(rng.integers(2, 9))
        sides = []
        for rows in (count, n):
            if number % 2 == 0:
                single = rng.integers(-1, classes, size=rows)
                hot = (single[:, None] == np.arange(classes)).astype(float)
            else:
                hot = (rng.random((rows, classes)) < rng.uniform(0.1, 0.5)).astype(float)
            sides.append(hot)
        if rng.random() < 0.5:
            sides[1][:, 0] = 0  # a class that only queries have
        if not (sides[0] @ sides[1].T).any():
            continue
        orders = np.stack([rng.permutation(n) for _ in range(count)])
        if 2 * (n - 1) * count > MAX_BITS:
            continue
        cutoffs = sorted({1, int(rng.integers(2, 6)), int(rng.integers(2, n)), n})
        return orders, *sides, cutoffs


def main():
    if len(sys.argv) != 2:
        sys.exit("where are the checkouts? python tools/make-convention-goldens.py PEERS")
    logging.disable()  # pytorch-metric-learning warns wherever R < P
    functions = peers(Path(sys.argv[1]))
    rng = np.random.default_rng(11)
    cases = []
    for number in range(CASES):
        orders, query_labels, labels, cutoffs = drawn(rng, number)
        queries, items = codes(orders)
        distances = (queries.shape[1] - queries @ items.T) / 2
        assert all(len(set(row)) == len(items) for row in distances)
        found = {}
        for name, function in functions.items():
            found[name] = {}
            for r in [None, *cutoffs]:
                if name == "orthohash" and r == 1:
                    continue  # it indexes by a tensor of one element, which NumPy takes for a number
                copies = [array.copy() for array in (queries, query_labels, items, labels)]  # some are overwritten
                with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
                    value = float(function(copies, r))
                found[name][str(r or "all")] = None if math.isnan(value) else value
        cases.append(
            {
                "orders": orders.tolist(),
                "multiHot": number % 2 == 1,
                "queryLabels": query_labels.astype(int).tolist(),
                "databaseLabels": labels.astype(int).tolist(),
                "cutoffs": cutoffs,
                "published": found,
            }
        )
    OUT.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")


main()
