"""Makes test/goldens/evaluate/: small codes and labels as .npy, and what `hashbook evaluate` must report of them.

Written to be read, not to be fast, and from the definitions alone: Hamming distances from unpacked bits, rankings by
sorting (distance, index) pairs, means by loops. The tie-aware average precision is the exact expectation, in fractions:
on tiny cases by going through every order of every tie, on the others from the probability that two places of a tie
group both hold relevant items. The script checks that both agree before it writes.

    python3 tools/make-evaluate-goldens.py      (NumPy; seeded, writes the same files every time)
"""

import itertools
import json
from fractions import Fraction
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parent.parent / "test" / "goldens" / "evaluate"


def average_precision(ranked, relevant_total, cutoff):
    """AP of a list of 0/1 in ranked order."""
    shown = ranked if cutoff is None else ranked[:cutoff]
    divisor = relevant_total if cutoff is None else min(relevant_total, cutoff)
    hits, total = 0, Fraction(0)
    for place, relevant in enumerate(shown, start=1):
        if relevant:
            hits += 1
            total += Fraction(hits, place)
    return total / divisor


def tie_groups(distances, relevant):
    """Lists of 0/1, nearest distance first."""
    groups = {}
    for distance, r in zip(distances, relevant):
        groups.setdefault(int(distance), []).append(int(r))
    return [groups[d] for d in sorted(groups)]


def expected_ap_by_enumeration(groups, cutoff):
    """The mean of AP over all orders of all tie groups, each gone through."""
    relevant_total = sum(map(sum, groups))
    total, count = Fraction(0), 0
    for orders in itertools.product(*(itertools.permutations(g) for g in groups)):
        total += average_precision([r for g in orders for r in g], relevant_total, cutoff)
        count += 1
    return total / count


def expected_ap(groups, cutoff):
    """The same by linearity: a place holds a relevant item with chance p/n, another place of the group then with
    (p-1)/(n-1); AP sums over pairs of places (a at or before b) the chance that both are relevant, over b's rank."""
    relevant_total = sum(map(sum, groups))
    total = Fraction(0)
    before = hits_before = 0
    for group in groups:
        n, p = len(group), sum(group)
        here = Fraction(p, n)
        for b in range(1, n + 1):
            if p == 0 or (cutoff is not None and before + b > cutoff):
                continue
            expected_hits = here * hits_before + here
            for _ in range(1, b):
                expected_hits += here * Fraction(p - 1, n - 1)
            total += expected_hits / (before + b)
        before, hits_before = before + n, hits_before + p
    return total / (relevant_total if cutoff is None else min(relevant_total, cutoff))


def relevant_pairs(query_labels, database_labels):
    if query_labels.ndim == 1:
        return [[int(a) == int(b) for b in database_labels] for a in query_labels]
    return [[bool(np.any((a != 0) & (b != 0))) for b in database_labels] for a in query_labels]


def mean(values):
    return float(sum(values, Fraction(0)) / len(values))


def evaluate(query, database, query_labels, database_labels, cutoffs):
    """query, database: (n, bits) of booleans."""
    bits = query.shape[1]
    relevance = relevant_pairs(query_labels, database_labels)
    rows = []
    for code, relevant in zip(query, relevance):
        if not any(relevant):
            continue
        distances = [sum(int(x) != int(y) for x, y in zip(code, other)) for other in database]
        order = sorted(range(len(database)), key=lambda i: (distances[i], i))
        rows.append((distances, relevant, [int(relevant[i]) for i in order], [distances[i] for i in order]))

    def map_at(cutoff):
        return {
            "tieAware": mean([expected_ap(tie_groups(d, r), cutoff) for d, r, _, _ in rows]),
            "stable": mean([average_precision(ranked, sum(ranked), cutoff) for _, _, ranked, _ in rows]),
        }

    def within(radius):
        precisions, recalls = [], []
        for distances, relevant, _, _ in rows:
            ball = [r for d, r in zip(distances, relevant) if d <= radius]
            precisions.append(Fraction(sum(ball), len(ball)) if ball else Fraction(0))
            recalls.append(Fraction(sum(ball), sum(relevant)))
        return {"precision": mean(precisions), "recall": mean(recalls)}

    def ball_ap(ranked, ranked_distances):
        ball = [r for r, d in zip(ranked, ranked_distances) if d <= 2]
        return average_precision(ball, sum(ball), None) if sum(ball) > 0 else Fraction(0)

    top1 = mean([Fraction(ranked[0]) for _, _, ranked, _ in rows])
    at = (1, 10, 100)
    return {
        "queries": len(query),
        "database": len(database),
        "bits": bits,
        "queriesWithoutRelevant": len(query) - len(rows),
        "mAP": {"all": map_at(None), **{str(c): map_at(c) for c in cutoffs}},
        "top1": top1,
        "precisionAt": {str(n): mean([Fraction(sum(r[:n]), len(r[:n])) for _, _, r, _ in rows]) for n in at},
        "recallAt": {str(n): mean([Fraction(sum(r[:n]), sum(r)) for _, _, r, _ in rows]) for n in at},
        "radius2": {
            **within(2),
            "mAP": mean([ball_ap(ranked, d) for _, _, ranked, d in rows]),
            "emptyBalls": mean([Fraction(int(min(d) > 2)) for d, _, _, _ in rows]),
        },
        "prByRadius": [{"radius": radius, **within(radius)} for radius in range(bits + 1)],
        "digix": 0.5 * top1 + 0.5 * map_at(10)["stable"],
    }


def signs(codes):
    return np.where(codes, 1, -1).astype(np.int8)


def codes_around(random, centres, labels, flip):
    """Codes near their class's centre, each bit flipped with a chance."""
    return centres[labels] ^ (random.random((len(labels), centres.shape[1])) < flip)


def write(name, query, database, query_labels, database_labels, cutoffs, files, bits_option=False):
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "query-codes.npy", files[0])
    np.save(folder / "database-codes.npy", files[1])
    np.save(folder / "query-labels.npy", query_labels)
    np.save(folder / "database-labels.npy", database_labels)
    args = [text for c in cutoffs for text in ("--cutoff", str(c))]
    if bits_option:
        args += ["--bits", str(query.shape[1])]
    document = evaluate(query, database, query_labels, database_labels, cutoffs)
    text = json.dumps({"args": args, "evaluation": document}, indent=1)
    (folder / "expected.json").write_text(text + "\n")
    print(f"{name}: mAP {document['mAP']['all']}, radius 2 {document['radius2']}")


def check_expectation(random):
    """Both forms of the expectation agree on every tiny case, with every cutoff."""
    for _ in range(200):
        groups = [[int(x) for x in random.integers(0, 2, size)] for size in random.integers(1, 5, 3)]
        if sum(map(sum, groups)) == 0:
            continue
        for cutoff in (None, 1, 2, 3, 5, 20):
            assert expected_ap(groups, cutoff) == expected_ap_by_enumeration(groups, cutoff)


def main():
    random = np.random.default_rng(20240229)
    check_expectation(random)

    # Three bits and few items: nearly everything ties. Small enough for the enumeration alone.
    query, database = random.random((6, 3)) < 0.5, random.random((9, 3)) < 0.5
    ql, dl = random.integers(0, 3, 6).astype(np.int64), random.integers(0, 3, 9).astype(np.int64)
    for code, relevant in zip(query, relevant_pairs(ql, dl)):
        if any(relevant):
            groups = tie_groups([int(np.sum(code != other)) for other in database], relevant)
            assert expected_ap(groups, 4) == expected_ap_by_enumeration(groups, 4)
    write("ties", query, database, ql, dl, [1, 4], (signs(query), signs(database)))

    # 20 bits: two and a half bytes. float32 -1/+1; label 9 of some queries is not in the database.
    # Centres a few bits apart, so that balls of radius 2 hold both kinds.
    centres = np.tile(random.random(20) < 0.5, (5, 1)) ^ (random.random((5, 20)) < 0.12)
    ql, dl = random.integers(0, 5, 25).astype(np.int32), random.integers(0, 5, 140).astype(np.int32)
    query, database = codes_around(random, centres, ql, 0.08), codes_around(random, centres, dl, 0.08)
    ql[[3, 17]] = 9
    write("bits20", query, database, ql, dl, [5, 10, 100], tuple(signs(c).astype(np.float32) for c in (query, database)))

    # The same bits packed, labels as unsigned bytes.
    packed = tuple(np.packbits(c, axis=1) for c in (query, database))
    write("packed20", query, database, ql.astype(np.uint8), dl.astype(np.uint8), [1000], packed, bits_option=True)

    # Multi-hot labels over 40 classes (more than one 32-bit word), 0/1 codes of 48 bits; some items have no label.
    ql, dl = (random.random((20, 40)) < 0.04).astype(np.uint8), (random.random((120, 40)) < 0.04).astype(np.uint8)
    mixing = random.normal(size=(40, 48))
    query, database = (m @ mixing + 0.7 * random.normal(size=(len(m), 48)) > 0 for m in (ql, dl))
    write("multi-hot48", query, database, ql, dl, [10, 50], tuple(c.astype(np.int8) for c in (query, database)))

    # 70 bits: three words, the last nearly empty. Tight classes, so that balls of radius 2 are full or empty.
    centres = random.random((8, 70)) < 0.5
    ql, dl = random.integers(0, 8, 16), random.integers(0, 8, 60)
    query, database = codes_around(random, centres, ql, 0.015), codes_around(random, centres, dl, 0.015)
    write("bits70", query, database, ql, dl, [10], (signs(query), signs(database)))


if __name__ == "__main__":
    main()
