"""Makes test/goldens/multi-label/: one set of items of several labels, roles as published lists have them, and what NumPy
and scikit-learn make of it.

- codes.npy (150, 24) int8 of -1/+1, labels.npy (150, 40) uint8, rows.json: query, train, database; every query stands in
  the database, train rows do not, two queries carry no label;
- expected.json: for the database as it is and without the queries: stable mAP, mAP@20 (divided by min(P, 20)), mAP@20
  divided by the hits (thuml: queries without a hit left out), top-1, `ndcg_score` of scikit-learn with gains 2^r - 1,
  which averages over ties, and ACG@10 by counting; pairs: `jaccard_score` of scikit-learn and shared labels of rows.

    pip install numpy==2.4.6 scikit-learn==1.7.2
    python tools/make-multi-label-goldens.py      (seeded, writes the same files every time)
"""

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn.metrics import jaccard_score, ndcg_score

OUT = Path(__file__).resolve().parent.parent / "test" / "goldens" / "multi-label"
ITEMS, CLASSES, BITS = 150, 40, 24
CUTOFF = 20


def draw(rng):
    chance = 0.5 * np.exp(-np.arange(CLASSES) / 8)
    labels = (rng.random((ITEMS, CLASSES)) < chance).astype(np.uint8)
    directions = rng.normal(size=(CLASSES, BITS))
    codes = np.where(labels @ directions + rng.normal(size=(ITEMS, BITS)) * 1.5 > 0, 1, -1).astype(np.int8)
    order = rng.permutation(ITEMS)
    query, train = np.sort(order[:30]), np.sort(order[30:70])
    database = np.sort(np.concatenate([query, order[70:]]))
    labels[query[[3, 17]]] = 0
    return codes, labels, query, train, database


def figures(codes, labels, query, database):
    database = database[labels[database].any(axis=1)]  # those without a label are left out
    query = query[labels[query].any(axis=1)]
    shared = labels[query].astype(int) @ labels[database].T.astype(int)
    distances = (codes[query][:, None, :] != codes[database][None, :, :]).sum(axis=2)
    kept, ap, ap_cut, hits_ap, top, ndcg, acg = [], [], [], [], [], [], []
    for row in range(len(query)):
        if not shared[row].any():
            continue
        kept.append(row)
        order = np.argsort(distances[row], kind="stable")
        relevant = (shared[row][order] > 0).astype(float)
        precision = np.cumsum(relevant) / np.arange(1, len(order) + 1)
        ap.append((precision * relevant).sum() / relevant.sum())
        cut = (precision * relevant)[:CUTOFF].sum()
        ap_cut.append(cut / min(relevant.sum(), CUTOFF))
        if relevant[:CUTOFF].any():
            hits_ap.append(cut / relevant[:CUTOFF].sum())
        top.append(relevant[0])
        ndcg.append(ndcg_score((2.0 ** shared[row] - 1)[None], -distances[row][None].astype(float), k=CUTOFF))
        acg.append(first_gain(distances[row], shared[row], 10))
    mean = lambda values: float(np.mean(values))
    return {
        "queries": len(query),
        "database": len(database),
        "queriesWithoutRelevant": len(query) - len(kept),
        "mAP": mean(ap),
        f"mAP@{CUTOFF}": mean(ap_cut),
        "thuml": mean(hits_ap),
        "top1": mean(top),
        f"ndcg@{CUTOFF}": mean(ndcg),
        "acg@10": mean(acg),
    }


def first_gain(distances, shared, k):
    """Mean shared labels of the first k; of a tie across the border a share, as over all its orders."""
    total, before = 0.0, 0
    for distance in np.unique(distances):
        tied = shared[distances == distance]
        counted = min(len(tied), k - before)
        total += tied.mean() * counted
        before += counted
        if before == k:
            break
    return total / k


def pairs(labels, rows):
    warnings.simplefilter("ignore")  # two empty sets
    jaccard = [[jaccard_score(labels[a], labels[b], zero_division=0) for b in rows] for a in rows]
    return {
        "rows": rows.tolist(),
        "jaccard": jaccard,
        "shared": [[np.flatnonzero(labels[a] & labels[b]).tolist() for b in rows] for a in rows],
    }


def main():
    codes, labels, query, train, database = draw(np.random.default_rng(20))
    OUT.mkdir(parents=True, exist_ok=True)
    np.save(OUT / "codes.npy", codes)
    np.save(OUT / "labels.npy", labels)
    roles = {"query": query.tolist(), "train": train.tolist(), "database": database.tolist()}
    (OUT / "rows.json").write_text(json.dumps(roles) + "\n")
    clean = np.setdiff1d(database, query)
    expected = {
        "asPublished": figures(codes, labels, query, database),
        "withoutQueries": figures(codes, labels, query, clean),
        "pairs": pairs(labels, query[:12]),
    }
    (OUT / "expected.json").write_text(json.dumps(expected) + "\n")


main()
