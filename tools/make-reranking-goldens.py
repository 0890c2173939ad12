"""Rankings after query expansion, database augmentation and k-reciprocal re-ranking, by NumPy, for test/challenge.

    pip install numpy
    python tools/make-reranking-goldens.py

Writes test/goldens/reranking.json. Everything is dense and in float64, written down from the papers' equations:
average query expansion (Chum et al., ICCV 2007), its alpha-weighted form (Radenovic et al., TPAMI 2018), database-side
augmentation (Arandjelovic and Zisserman, CVPR 2012: every gallery vector averaged with its nearest in the gallery, in the
same two forms; of hash codes the majority of each bit, where it ties the code's own bit), k-reciprocal
encoding (Zhong et al., CVPR 2017, equations 2, 3, 7, 10, 11, 12), the distance being the squared Euclidean one divided
by the largest of its row. An item is its own nearest neighbour; ties go to the lower index, at equal final distances to
the lower original distance first.
"""

import json
from pathlib import Path

import numpy as np

OUTPUT = Path(__file__).parent.parent / "test/goldens/reranking.json"
PLACES = 10


def ranked(scores):
    """Descending score, ties by ascending index; rounded, so that sums in another order still tie."""
    return np.argsort(-np.round(scores, 9), axis=1, kind="stable")


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def expand(queries, gallery, order, neighbours, alpha):
    found = gallery[order[:, :neighbours]]  # (queries, neighbours, dim)
    cosines = np.einsum("qd,qnd->qn", unit(queries), found / np.linalg.norm(found, axis=2, keepdims=True))
    weights = np.ones_like(cosines) if alpha == 0 else np.maximum(cosines, 0) ** alpha
    total = queries + np.einsum("qn,qnd->qd", weights, found)
    return total / (1 + weights.sum(axis=1, keepdims=True))


def augment(gallery, score, neighbours, alpha, is_binary, length):
    """The gallery, each vector averaged with its nearest; signs of hash codes, vectors of a length where there is one."""
    own_last = score(gallery, gallery)
    np.fill_diagonal(own_last, -np.inf)  # an image is no neighbour of itself
    mean = expand(gallery, gallery, ranked(own_last), neighbours, alpha)
    if is_binary:
        return np.where(np.abs(mean) < 1e-9, gallery, np.sign(mean))
    return mean if length is None else length * unit(mean)


def squared_distances(a, b):
    return ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)


def k_reciprocal(queries, gallery, k1, k2, lam):
    """Final distances and those they started from, (queries, gallery)."""
    items = np.concatenate([queries, gallery])
    n = len(items)
    d = squared_distances(items, items)
    d = d / d.max(axis=1, keepdims=True)
    own_first = d.copy()
    np.fill_diagonal(own_first, -1)
    rank = np.argsort(own_first, axis=1, kind="stable")

    def reciprocal(p, k):
        near = rank[p, : k + 1]
        return {int(g) for g in near if p in rank[g, : k + 1]}

    v = np.zeros((n, n))
    for p in range(n):
        robust = set(reciprocal(p, k1))
        for q in reciprocal(p, k1):
            theirs = reciprocal(q, max(1, int(np.floor(k1 / 2 + 0.5))))
            if len(theirs & reciprocal(p, k1)) >= 2 / 3 * len(theirs) - 1e-12:
                robust |= theirs
        for g in robust:
            v[p, g] = np.exp(-d[p, g])
    v = np.stack([v[rank[p, :k2]].mean(axis=0) for p in range(n)])
    q = len(queries)
    minimum = np.minimum(v[:q, None, :], v[None, q:, :]).sum(axis=2)
    maximum = np.maximum(v[:q, None, :], v[None, q:, :]).sum(axis=2)
    return (1 - lam) * (1 - minimum / maximum) + lam * d[:q, q:], d[:q, q:]


def numbers(array):
    return [float(x) for x in np.asarray(array).ravel()]


def top(scores, order):
    first = order[:, :PLACES]
    values = np.take_along_axis(scores, first, axis=1)
    return {"order": first.ravel().tolist(), "scores": [round(x, 7) for x in numbers(values)]}


def main():
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(8, 12))
    labels = rng.integers(0, 8, size=72)
    vectors = np.round(centres[labels] + 0.9 * rng.normal(size=(72, 12)), 3).astype(np.float32).astype(np.float64)
    queries, gallery = vectors[:12], vectors[12:]
    signs = np.where(vectors >= 0, 1.0, -1.0)
    spaces = {
        "euclidean": (queries, gallery, lambda a, b: -squared_distances(a, b)),
        "cosine": (unit(queries), unit(gallery), lambda a, b: unit(a) @ b.T),
        "hamming": (signs[:12], signs[12:], lambda a, b: a @ b.T),
        "asymmetric": (np.sqrt(12) * unit(queries), signs[12:], lambda a, b: a @ b.T),
    }
    cases = []
    for name, (q, g, score) in spaces.items():
        first = ranked(score(q, g))
        cases.append({"ranking": name, **top(score(q, g), first)})
        for neighbours, alpha in ((3, 0), (5, 3)):
            scores = score(expand(q, g, first, neighbours, alpha), g)
            expansion = {"neighbours": neighbours, "alpha": alpha}
            cases.append({"ranking": name, "expansion": expansion, **top(scores, ranked(scores))})
        for neighbours, alpha in ((3, 0), (2, 0), (4, 3)):
            length = 1 if name == "cosine" else None
            augmented = augment(g, score, neighbours, alpha, name in ("hamming", "asymmetric"), length)
            scores = score(q, augmented)
            augmentation = {"neighbours": neighbours, "alpha": alpha}
            cases.append({"ranking": name, "augmentation": augmentation, **top(scores, ranked(scores))})
            both = score(expand(q, augmented, ranked(scores), 3, 0), augmented)
            more = {"augmentation": augmentation, "expansion": {"neighbours": 3}}
            cases.append({"ranking": name, **more, **top(both, ranked(both))})
        length = {"euclidean": None, "cosine": 1}.get(name, np.sqrt(12))
        augmented = augment(g, score, 2, 0, name in ("hamming", "asymmetric"), length)
        expanded = expand(q, augmented, ranked(score(q, augmented)), 2, 2)
        final, original = k_reciprocal(expanded if length is None else length * unit(expanded), augmented, 8, 3, 0.4)
        order = np.lexsort((np.round(original, 9), np.round(final, 9)), axis=1)[:, :PLACES]
        every = {"augmentation": {"neighbours": 2}, "expansion": {"neighbours": 2, "alpha": 2}}
        every["reciprocal"] = {"k1": 8, "k2": 3, "lambda": 0.4}
        if name != "hamming":  # whose distances tie, in other numbers than whole ones
            cases.append({"ranking": name, **every, **top(-final, order)})
        for k1, k2, lam in ((7, 3, 0.3), (20, 6, 0.3), (5, 1, 0.0), (6, 4, 1.0)):
            final, original = k_reciprocal(q, g, k1, k2, lam)
            order = np.lexsort((np.round(original, 9), np.round(final, 9)), axis=1)[:, :PLACES]
            cases.append({"ranking": name, "reciprocal": {"k1": k1, "k2": k2, "lambda": lam}, **top(-final, order)})
    document = {"queries": numbers(queries), "gallery": numbers(gallery), "dim": 12, "places": PLACES, "cases": cases}
    OUTPUT.write_text(json.dumps(document) + "\n")
    print(f"{OUTPUT.name}: {len(cases)} cases")


if __name__ == "__main__":
    main()
