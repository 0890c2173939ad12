"""Makes test/goldens/npy/: one small file of each element type that NumPy wrote, and some that must be refused.

    python3 tools/make-npy-goldens.py      (NumPy; writes the same files every time)
"""

from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parent.parent / "test" / "goldens" / "npy"


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
    # To be refused.
    np.save(OUT / "fortran.npy", np.asfortranarray(counted.astype(np.float32)))
    np.save(OUT / "big-endian.npy", counted.astype(">f4"))
    np.save(OUT / "complex.npy", counted.astype(np.complex64))
    np.save(OUT / "text.npy", np.array(["a", "bc"]))
    np.save(OUT / "record.npy", np.zeros(2, dtype=[("a", "<i4"), ("b", "<f4")]))


if __name__ == "__main__":
    main()
