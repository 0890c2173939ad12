"""Writes test/goldens/classifier.json: scikit-learn's multinomial logistic regression on standardised features.

Needs numpy and scikit-learn (made with 1.7.2):  python tools/make-classifier-goldens.py
"""

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

random = np.random.default_rng(20261126)
cases = []
for name, sizes, dim, spread, penalty in [
    ("three overlapping classes", [40, 40, 40], 8, 1.0, 1.0),
    ("five classes of unequal size", [50, 30, 20, 10, 5], 12, 1.5, 0.1),
    ("separable, a strong penalty", [25, 25, 25, 25], 6, 4.0, 10.0),
    ("more dimensions than rows", [6, 6, 6], 40, 1.0, 1.0),
]:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    centres = random.normal(size=(len(sizes), dim)) * spread
    scales = random.uniform(0.1, 5.0, size=dim)
    offsets = random.normal(size=dim) * 3
    rows = ((centres[labels] + random.normal(size=(len(labels), dim))) * scales + offsets).astype(np.float32)
    rows[:, 0] = np.float32(2.5)  # a dimension that does not vary
    fresh = ((centres[np.tile(np.arange(len(sizes)), 10)] + 2 * random.normal(size=(10 * len(sizes), dim))) * scales + offsets)
    fresh = fresh.astype(np.float32)
    fresh[:, 0] = np.float32(2.5)
    scaler = StandardScaler().fit(rows.astype(np.float64))
    model = LogisticRegression(C=1 / penalty, tol=1e-12, max_iter=100_000)
    model.fit(scaler.transform(rows.astype(np.float64)), labels)
    judged = scaler.transform(fresh.astype(np.float64))
    cases.append(
        {
            "name": name,
            "penalty": penalty,
            "dim": dim,
            "classes": len(sizes),
            "labels": labels.tolist(),
            "rows": rows.ravel().tolist(),
            "fresh": fresh.ravel().tolist(),
            "scores": model.decision_function(judged).ravel().tolist(),
            "predicted": model.predict(judged).tolist(),
        }
    )

target = Path(__file__).resolve().parent.parent / "test" / "goldens" / "classifier.json"
target.write_text(json.dumps(cases) + "\n")
