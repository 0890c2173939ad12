"""Makes test/goldens/variance-parts.json: mean squares of methods, seeds and queries, by statsmodels' analysis of variance.

Balanced: values of 3 methods x 4 seeds x 12 queries with all effects; `y ~ C(method)*C(query) + C(method):C(seed)`, whose
mean squares of method:query, method:seed and the residual a comparison's variances are made of. Unbalanced: methods of 2, 3
and 5 seeds; the mean squares of `y ~ C(seed) + C(query)` of each. Deviates: normal deviates as rare as a t, by scipy.

    pip install numpy==2.2.6 scipy==1.15.3 pandas==2.2.3 statsmodels==0.14.4
    python tools/make-variance-goldens.py      (seeded, writes the same file every time)
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

OUT = Path(__file__).resolve().parent.parent / "test" / "goldens" / "variance-parts.json"
QUERIES = 12


def values(rng, seeds):
    """By method, seed and query; rounded, so that the file holds what was analysed."""
    query = rng.normal(0.6, 0.2, QUERIES)
    return [
        [
            [round(float(v), 6) for v in query + pairing + effect + rng.normal(0, 0.05, QUERIES)]
            for effect in rng.normal(0, 0.02, count)
        ]
        for count in seeds
        for pairing in [rng.normal(0, 0.08, QUERIES)]
    ]


def frame(table):
    rows = [
        (m, s, q, v)
        for m, method in enumerate(table)
        for s, seed in enumerate(method)
        for q, v in enumerate(seed)
    ]
    return pd.DataFrame(rows, columns=["method", "seed", "query", "y"])


def mean_squares(formula, data):
    found = anova_lm(ols(formula, data).fit())
    return (found["sum_sq"] / found["df"]).to_dict()


rng = np.random.default_rng(14)
balanced = values(rng, [4, 4, 4])
unbalanced = values(rng, [2, 3, 5])
of_all = mean_squares("y ~ C(method)*C(query) + C(method):C(seed)", frame(balanced))
by_method = [mean_squares("y ~ C(seed) + C(query)", frame([method])) for method in unbalanced]
document = {
    "balanced": {
        "values": balanced,
        "methodQuery": of_all["C(method):C(query)"],
        "seed": of_all["C(method):C(seed)"],
        "error": of_all["Residual"],
    },
    "unbalanced": {
        "values": unbalanced,
        "seed": [one["C(seed)"] for one in by_method],
        "error": [one["Residual"] for one in by_method],
    },
    "deviates": [
        {"t": t, "freedom": freedom, "normal": float(stats.norm.isf(stats.t.sf(t, freedom)))}
        for freedom in (2, 4, 10, 999)
        for t in (0.5, 2, 6)
    ],
}
OUT.write_text(json.dumps(document) + "\n")
print(of_all)
