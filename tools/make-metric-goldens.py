"""Makes test/goldens/metrics.json: NDCG, ACG and WAP of small rankings, by running other people's code.

- scikit-learn's `ndcg_score`, per query, which averages over ties: linear gain, and with 2^r - 1 given for gains;
- `nDCG`, `nDCG_tie`, `ACG`, `WAP` of github.com/iTomxy/ml-template (evaluate/retrieval), commit 4e15dbe;
- `calc_metrics` of github.com/fzhuang3/VDSSH (utils/calc_hr.py), commit f8e22cf: NDCG and ACG from codes.

Those of ml-template and VDSSH sort unstably, so they are run where no distances tie (but nDCG_tie); they count queries
without relevant items, so every query here has some. RAMAP is computed here, by loops from its definition.

    pip install numpy==2.4.6 scikit-learn==1.7.2
    git clone https://github.com/iTomxy/ml-template && git clone https://github.com/fzhuang3/VDSSH
    python tools/make-metric-goldens.py ml-template VDSSH      (seeded, writes the same file every time)
"""

import importlib.util
import json
import math
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
from sklearn.metrics import ndcg_score

OUT = Path(__file__).resolve().parent.parent / "test" / "goldens" / "metrics.json"
CUTOFFS = [1, 3, 7, 12, 30]

# NumPy as it was when their code was written.
linspace = np.linspace
np.linspace = lambda first, last, count: linspace(first, last, int(count))
np.int = int
np.asfarray = lambda values: np.asarray(values, dtype=float)


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def labels(rng, n, classes, share):
    hot = (rng.random((n, classes)) < share).astype(int)
    hot[np.arange(n), rng.integers(classes, size=n)] = 1
    return hot  # each item has a label


def hamming(queries, database):
    return (queries[:, None, :] != database[None, :, :]).sum(axis=2)


def tied_case(rng, retrieval):
    """Codes of few bits, so that most items tie."""
    bits, query_labels, database_labels = 5, labels(rng, 9, 6, 0.3), labels(rng, 40, 6, 0.3)
    queries, database = rng.integers(2, size=(9, bits)), rng.integers(2, size=(40, bits))
    distances, shared = hamming(queries, database), query_labels @ database_labels.T
    per_query = lambda gains, k: [ndcg_score(gains[q : q + 1], -distances[q : q + 1], k=k) for q in range(9)]
    tie_aware = retrieval["_nDCG"].nDCG_tie
    return {
        "queries": queries.tolist(),
        "database": database.tolist(),
        "queryLabels": query_labels.tolist(),
        "databaseLabels": database_labels.tolist(),
        "sklearn": {str(k or "all"): per_query(2.0**shared - 1, k) for k in [*CUTOFFS, None]},
        "sklearnLinear": {str(k or "all"): per_query(shared.astype(float), k) for k in [*CUTOFFS, None]},
        "nDCG_tie": {str(k): float(tie_aware(distances.astype(float), shared, k)) for k in CUTOFFS},
        "ramap": [ramap(distances[q], shared[q] > 0, bits, bits, True) for q in range(9)],
        "ramapPlain": [ramap(distances[q], shared[q] > 0, bits, bits, False) for q in range(9)],
        "ramapPlain@2": [ramap(distances[q], shared[q] > 0, bits, 2, False) for q in range(9)],
    }


def ramap(distances, relevant, bits, largest, cost):
    total = Fraction(0)
    for radius in range(largest + 1):
        inside = [bool(r) for d, r in zip(distances, relevant) if d <= radius]
        buckets = sum(math.comb(bits, i) for i in range(radius + 1)) if cost else 1
        if inside:
            total += Fraction(sum(inside), len(inside) * buckets)
    return float(total / (largest + 1))


def scored_case(rng, retrieval):
    """Real-valued distances, all different."""
    query_labels, database_labels = labels(rng, 6, 7, 0.35), labels(rng, 30, 7, 0.35)
    distances = np.stack([rng.permutation(30) for _ in range(6)]) / 32
    shared = query_labels @ database_labels.T
    of = lambda run: {str(k): float(run(distances, shared, k)) for k in CUTOFFS}
    return {
        "distances": distances.tolist(),
        "queryLabels": query_labels.tolist(),
        "databaseLabels": database_labels.tolist(),
        "nDCG": of(retrieval["_nDCG"].nDCG),
        "ACG": of(retrieval["_ACG"].ACG),
        "WAP": of(retrieval["_WAP"].WAP),
    }


def coded_case(rng, calc_metrics):
    """One query, and a code at each distance."""
    bits = 31
    query = rng.integers(2, size=(1, bits))
    flips = np.arange(bits)[None, :] < rng.permutation(bits + 1)[:, None]
    database = np.where(flips, 1 - query, query)
    query_labels, database_labels = labels(rng, 1, 6, 0.4), labels(rng, bits + 1, 6, 0.3)
    found = {}
    for k in [1, 5, 20]:
        _, _, ndcg, acg = calc_metrics(2 * query - 1, 2 * database - 1, query_labels, database_labels, 5, k, k)
        found[str(k)] = {"ndcg": float(ndcg), "acg": float(acg)}
    return {
        "queries": query.tolist(),
        "database": database.tolist(),
        "queryLabels": query_labels.tolist(),
        "databaseLabels": database_labels.tolist(),
        "calc_metrics": found,
    }


def main():
    if len(sys.argv) != 3:
        sys.exit("where are the checkouts? python tools/make-metric-goldens.py ml-template VDSSH")
    template, vdssh = map(Path, sys.argv[1:])
    retrieval = {name: load(template / f"evaluate/retrieval/{name}.py", name) for name in ["_nDCG", "_ACG", "_WAP"]}
    calc_metrics = load(vdssh / "utils/calc_hr.py", "calc_hr").calc_metrics
    rng = np.random.default_rng(7)
    goldens = {
        "tied": tied_case(rng, retrieval),
        "scored": scored_case(rng, retrieval),
        "coded": [coded_case(rng, calc_metrics) for _ in range(3)],
    }
    OUT.write_text(json.dumps(goldens) + "\n")


main()
