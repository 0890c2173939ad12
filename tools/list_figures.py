"""Figures of published lists and codes, by NumPy and from the files alone: what tests hold hashbook's own against.

The lists are read again here in any of the ten forms of make-lists-goldens.py, and the figures computed from their
definitions, one query and one place at a time.

    python3 tools/list_figures.py ROWS.json      (NumPy 2; prints JSON)

ROWS.json says what was searched: `lists`, a folder; `ids`, the image of each row, which may be a sample of those that are
listed; `codes`, files of a code a row; `cutoffs`, the R of mAP@R beside all. Rows without a label are left out ("drop")
and kept ("keep"); the database is that of the lists, and it with and without the queries.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np

CUTOFF = 20

PREFIX = re.compile(r"^(/home/caozhangjie/run-czj/dataset/\w+/|(\./)?data/\w+/|VOCdevkit/VOC2012/)")


def read_lists(folder):
    """Path and label of each line of the three lists, in their order; paths as the images lie."""
    lists = {}
    for role, stems in (("query", ("test", "query")), ("train", ("train",)), ("database", ("database",))):
        files = sorted(
            (f for f in folder.rglob("*.txt") for s in stems if re.fullmatch(s + r"(_img|\d*)", f.stem)),
            key=lambda f: f.name,
        )
        items = []
        for file in files:
            lines = [line.strip() for line in file.read_text("utf-8-sig").splitlines() if line.strip()]
            beside = file.with_name(file.stem.replace("_img", "") + "_label_onehot.txt")
            if beside.exists() and file.stem.endswith("_img"):
                lines = [f"{p} {c}" for p, c in zip(lines, beside.read_text().splitlines(), strict=True)]
            for line in lines:
                path, label = re.fullmatch(r"(.*\.(?:png|jpe?g))[\s,]+(.+)", line, re.I).groups()
                path = PREFIX.sub("", path)
                if re.match(r"COCO_(train|val)2014_", path):
                    path = path.split("_")[1] + "/" + path
                items.append((path, label))
        lists[role] = list(dict(items).items())
    return lists


def label_sets(lists):
    sets = {}
    for path, label in (item for items in lists.values() for item in items):
        parts = label.split()
        if len(parts) > 1 and set(parts) <= {"0", "1"}:
            sets[path] = {i for i, part in enumerate(parts) if part == "1"}
        else:
            sets[path] = {label}
    return sets


def labelled_only(lists):
    sets = label_sets(lists)
    return {role: [(path, label) for path, label in items if sets[path]] for role, items in lists.items()}


def searches(lists, codes, place=None):
    """Of each query: labels shared with each item of the database, distances to them, and their order, which is by
    distance and then by `place`, a number an image; default: as the database list has them."""
    sets = label_sets(lists)
    database = [path for path, _ in lists["database"]]
    if place is not None:
        database.sort(key=place.__getitem__)
    gallery = np.array([codes[path] for path in database])
    for path, _ in lists["query"]:
        shared = np.array([len(sets[path] & sets[other]) for other in database])
        distance = (gallery != np.array(codes[path])).sum(axis=1)
        yield shared, distance, np.argsort(distance, kind="stable")


def figures(lists, codes, cutoffs=(CUTOFF,), place=None):
    """What evaluate reports, from lists and the code of each image."""
    size = len(lists["database"])
    at = {"all": size, **{str(cutoff): cutoff for cutoff in cutoffs}}
    aware, stable = {k: [] for k in at}, {k: [] for k in at}
    top1, precision = [], {k: [] for k in (1, 10, 100)}
    without = 0
    for shared, distance, order in searches(lists, codes, place):
        relevant = (shared > 0).astype(float)
        if relevant.sum() == 0:
            without += 1
            continue
        ranked = relevant[order]
        hits = ranked * np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
        for key, cutoff in at.items():
            divisor = min(relevant.sum(), cutoff)
            stable[key].append(hits[:cutoff].sum() / divisor)
            aware[key].append(expected_hits(distance, relevant, cutoff) / divisor)
        top1.append(ranked[0])
        for k, values in precision.items():
            values.append(ranked[:k].mean())
    return {
        "queries": len(lists["query"]),
        "database": size,
        "queriesWithoutRelevant": without,
        "mAP": {k: {"tieAware": float(np.mean(aware[k])), "stable": float(np.mean(stable[k]))} for k in at},
        "top1": float(np.mean(top1)),
        "precisionAt": {str(k): float(np.mean(v)) for k, v in precision.items()},
    }


def expected_hits(distance, relevant, cutoff):
    """The expected sum of precisions at relevant places, over all orders of ties (McSherry and Najork 2008)."""
    total = before = hits = 0.0
    for d in np.unique(distance):
        bucket = relevant[distance == d]
        n, p = len(bucket), bucket.sum()
        more = (p - 1) / (n - 1) if n > 1 else 0.0
        for j in range(1, n + 1):
            if before + j <= cutoff and p > 0:
                total += p / n * (hits + 1 + (j - 1) * more) / (before + j)
        before, hits = before + n, hits + p
    return total


def graded_figures(lists, codes):
    """NDCG with gains 2^r - 1, ACG and WAP of the first 100, means over all orders of ties; and the ball of radius 2."""
    assert len(lists["database"]) <= 100, "all places count here"
    ndcg, acg, wap, ball, empty = [], [], [], [], []
    for shared, distance, _ in searches(lists, codes):
        if not shared.any():
            continue
        gain = cumulated = weighed = 0.0
        before = 0
        for d in np.unique(distance):
            tied = shared[distance == d]
            n, p, total = len(tied), (tied > 0).sum(), tied.sum()
            for j in range(n):
                gain += (2.0**tied - 1).mean() / np.log2(before + j + 2)
                # Of two places of a tie: shared labels of the one where the other is relevant, in the mean.
                pair = (p * total - total) / (n * (n - 1)) if n > 1 else 0.0
                weighed += (p / n * cumulated + tied.mean() + j * pair) / (before + j + 1)
            before, cumulated = before + n, cumulated + total
        best = (2.0 ** np.sort(shared)[::-1] - 1) / np.log2(np.arange(len(shared)) + 2)
        ndcg.append(gain / best.sum())
        acg.append(shared.mean())
        wap.append(weighed / (shared > 0).sum())
        near = shared[distance <= 2]
        ball.append((near > 0).mean() if len(near) else 0.0)
        empty.append(float(len(near) == 0))
    metrics = {"ndcg@100": ndcg, "acg@100": acg, "wap@100": wap}
    return {
        "metrics": {name: float(np.mean(values)) for name, values in metrics.items()},
        "radius2": {"precision": float(np.mean(ball)), "emptyBalls": float(np.mean(empty))},
    }


def published_figures(lists, codes, cutoffs, place=None):
    """mAP by the rules of three published codes, by R."""
    rules = {
        # Divisor, places of no R, what a query counts without a hit and without a relevant item (None: not at all).
        "thuml-caffe": ("hits", 0, 0.0, None),
        "deephash-pytorch": ("hits", -1, 0.0, 0.0),
        "pytorch-metric-learning": ("relevant", 0, 0.0, None),
    }
    found = {name: {} for name in rules}
    for name, (divisor, dropped, without_hits, without_relevant) in rules.items():
        for cutoff in (None, *cutoffs):
            values = []
            for shared, distance, order in searches(lists, codes, place):
                ranked = (shared > 0)[order]
                shown = ranked[: len(ranked) + dropped] if cutoff is None else ranked[:cutoff]
                precisions = np.cumsum(shown) / np.arange(1, len(shown) + 1)
                if not ranked.any():
                    values.append(without_relevant)
                elif not shown.any():
                    values.append(without_hits)
                else:
                    values.append(precisions[shown].sum() / (shown if divisor == "hits" else ranked).sum())
            found[name]["all" if cutoff is None else str(cutoff)] = float(np.mean([v for v in values if v is not None]))
    return found


def figures_of_rows(rows):
    """By file of codes, all that is measured of them."""
    place = {path: row for row, path in enumerate(rows["ids"])}
    lists = {
        role: [item for item in items if item[0] in place] for role, items in read_lists(Path(rows["lists"])).items()
    }
    found = {}
    for file in rows["codes"]:
        codes = dict(zip(rows["ids"], np.load(file), strict=True))
        found[file] = {"graded": graded_figures(labelled_only(lists), codes)}
        for treated, these in (("drop", labelled_only(lists)), ("keep", lists)):
            queries = dict(these["query"])
            others = [item for item in these["database"] if item[0] not in queries]
            databases = {"asListed": these["database"], "withoutQueries": others, "withQueries": others + these["query"]}
            found[file][treated] = {
                name: {
                    **figures({**these, "database": database}, codes, rows["cutoffs"], place),
                    "published": published_figures({**these, "database": database}, codes, rows["cutoffs"], place),
                }
                for name, database in databases.items()
            }
    return found


if __name__ == "__main__":
    print(json.dumps(figures_of_rows(json.loads(Path(sys.argv[1]).read_text()))))
