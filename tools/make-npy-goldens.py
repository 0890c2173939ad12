"""Makes test/goldens/npy/: one small file of each element type and order that NumPy writes, and some that must be
refused; and test/goldens/numpy-forms/: the same features, labels and codes in the forms people have them in.

    python3 tools/make-npy-goldens.py      (NumPy; writes the same files every time)
"""

from pathlib import Path

import numpy as np

GOLDENS = Path(__file__).resolve().parent.parent / "test" / "goldens"
OUT = GOLDENS / "npy"
FORMS = GOLDENS / "numpy-forms"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    counted = np.arange(6).reshape(2, 3)
    for name in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"):
        kind = np.dtype(name)
        values = counted.astype(kind)
        if kind.kind != "f":
            values[0, 0], values[0, 1] = np.iinfo(kind).min, np.iinfo(kind).max
        else:
            values[0] = [-0.1, np.inf, np.finfo(kind).tiny]
        np.save(OUT / f"{name}.npy", values)
    np.save(OUT / "bool.npy", counted % 2 == 1)
    np.save(OUT / "vector.npy", np.array([7], dtype=np.int32))
    np.save(OUT / "scalar.npy", np.float32(2.5))
    np.save(OUT / "empty.npy", np.zeros((0, 4), dtype=np.float32))
    with open(OUT / "version2.npy", "wb") as file:
        np.lib.format.write_array(file, counted.astype(np.int16), version=(2, 0))
    np.save(OUT / "float16.npy", np.array([[0.5, -65504, 2**-24], [-np.inf, np.nan, 5]], dtype=np.float16))
    np.save(OUT / "fortran.npy", np.asfortranarray(counted.astype(np.float32)))
    np.save(OUT / "fortran-3d.npy", np.asfortranarray(np.arange(24, dtype=np.int16).reshape(2, 3, 4)))
    np.save(OUT / "big-endian.npy", counted.astype(">f4"))
    np.save(OUT / "big-endian-fortran.npy", np.asfortranarray(np.where(counted == 1, -1, counted).astype(">i8")))
    # To be refused.
    np.save(OUT / "complex.npy", counted.astype(np.complex64))
    np.save(OUT / "text.npy", np.array(["a", "bc"]))
    np.save(OUT / "record.npy", np.zeros(2, dtype=[("a", "<i4"), ("b", "<f4")]))
    forms()


def forms():
    """Names are <what>.<form>.npy; forms of `bad` must be refused, `plain` is what hashbook writes itself."""
    FORMS.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(18)
    save = lambda name, array: np.save(FORMS / f"{name}.npy", array)
    # Whole eighths, which float16 holds.
    features = np.round(rng.normal(size=(24, 5)) * 8) / 8
    save("features.plain", features.astype(np.float32))
    for kind in ("f2", "f8", ">f4", ">f8"):
        save(f"features.{np.dtype(kind).name}{'-big' if kind[0] == '>' else ''}", features.astype(kind))
    save("features.float64-fortran", np.asfortranarray(features))
    for name, bad in (("nan", np.nan), ("inf", np.inf), ("1e300", 1e300)):
        save(f"features.bad-{name}", np.where(np.arange(120).reshape(24, 5) == 17, bad, features))
    labels = rng.integers(0, 4, size=24)
    save("labels.plain", labels.astype(np.int32))
    save("labels.int64", labels)
    save("labels.float64", labels.astype(float))
    save("labels.float16", labels.astype(np.float16))
    save("labels.big", labels.astype(">i4"))
    save("labels.column", labels.reshape(-1, 1))
    save("labels.float32-column", labels.reshape(-1, 1).astype(np.float32))
    for name, bad in (("fraction", 1.5), ("nan", np.nan), ("wide", 2.0**40)):
        save(f"labels.bad-{name}", np.where(np.arange(24) == 7, bad, labels.astype(float)))
    several = (rng.random((24, 3)) < 0.4) | np.eye(3, dtype=bool)[labels % 3]
    save("several.plain", several.astype(np.uint8))
    save("several.bool", several)
    save("several.bool-fortran", np.asfortranarray(several))
    save("several.float64", several.astype(float))
    save("several.int64", several.astype(np.int64))
    save("several.bad-two", np.where(np.arange(72).reshape(24, 3) == 10, 2, several.astype(float)))
    codes = np.where(rng.random((24, 12)) < 0.5, -1, 1)
    save("codes.plain", codes.astype(np.int8))
    save("codes.int64", codes)
    save("codes.float64", codes.astype(float))
    save("codes.float16-fortran", np.asfortranarray(codes.astype(np.float16)))
    save("codes.bool", codes > 0)
    save("codes.uint8", (codes > 0).astype(np.uint8))
    save("codes.big", codes.astype(">i2"))
    for name, bad in (("two", 2), ("nan", np.nan), ("half", 0.5)):
        save(f"codes.bad-{name}", np.where(np.arange(288).reshape(24, 12) == 40, bad, codes.astype(float)))


if __name__ == "__main__":
    main()
