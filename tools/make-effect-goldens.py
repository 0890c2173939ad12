"""Writes test/goldens/effects.json: analyses of variance by statsmodels, of random tables of runs.

    pip install statsmodels==0.14.4 && python tools/make-effect-goldens.py

A table has blocks (all other settings), levels (the values of one setting) and seeds; its values are normal, with effects of
blocks, of levels, of both together. What is kept: F and p of the levels, with the deviation over seeds as the error, which is
the row "C(level)" of the model with blocks, levels and their interaction.
"""

import json
from pathlib import Path

import numpy as np
import pandas
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

random = np.random.default_rng(14)
cases = []
for blocks, levels, seeds, effect in [(1, 2, 2, 2.0), (1, 4, 3, 1.0), (2, 4, 5, 0.5), (4, 2, 5, 0.3), (4, 3, 2, 0.0), (2, 2, 3, 0.8)]:
    rows = []
    of_block, of_level = random.normal(size=blocks) * 3, random.normal(size=levels) * effect
    for block in range(blocks):
        for level in range(levels):
            together = random.normal() * 0.3
            for _ in range(seeds):
                value = of_block[block] + of_level[level] + together + random.normal()
                rows.append({"block": block, "level": level, "value": float(value)})
    formula = "value ~ C(level)" + (" * C(block)" if blocks > 1 else "")
    table = anova_lm(smf.ols(formula, pandas.DataFrame(rows)).fit())
    p = float(table.loc["C(level)", "PR(>F)"])
    cases.append({"rows": rows, "f": float(table.loc["C(level)", "F"]), "p": p})
target = Path(__file__).parent.parent / "test/goldens/effects.json"
target.write_text(json.dumps(cases, indent=1) + "\n")
print([(round(c["f"], 3), round(c["p"], 4)) for c in cases])
