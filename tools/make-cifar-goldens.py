"""A small CIFAR-10 in every form that it is published in, and what torchvision reads, for test/datasets/cifar-10.test.ts.

    pip install torch torchvision numpy
    python tools/make-cifar-goldens.py

Writes test/goldens/cifar-10: `cifar-10-batches-py` with the opcodes that Python 2's cPickle wrote (protocol 2, byte
strings), as the published files have; the same values by Python 3 in protocol 2 and in its default one, in `python3-*`;
`cifar-10-batches-bin`; the `.tar.gz` of both versions; `images.npy` (n, 32, 32, 3) and `labels.npy` (n,), train part first,
as torchvision's CIFAR10 class reads the first of them, its checksums aside.
"""

import gzip
import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
from torchvision.datasets import CIFAR10

OUTPUT = Path(__file__).parent.parent / "test/goldens/cifar-10"
SIZES = {"data_batch_1": 4, "data_batch_2": 3, "data_batch_3": 3, "data_batch_4": 3, "data_batch_5": 3, "test_batch": 5}
NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings, and names NumPy as it was called then."""

    dispatch = dict(pickle._Pickler.dispatch)

    def __init__(self, file):
        super().__init__(file, protocol=2)

    def save_bytes(self, value):
        if len(value) < 256:
            self.write(pickle.SHORT_BINSTRING + struct.pack("<B", len(value)) + value)
        else:
            self.write(pickle.BINSTRING + struct.pack("<i", len(value)) + value)
        self.memoize(value)

    dispatch[bytes] = save_bytes

    def save_str(self, value):
        self.save_bytes(value.encode("ascii"))

    dispatch[str] = save_str

    def save_global(self, value, name=None):
        if getattr(value, "__name__", "") == "_reconstruct":
            self.write(pickle.GLOBAL + b"numpy.core.multiarray\n_reconstruct\n")
            self.memoize(value)
        else:
            super().save_global(value, name)

    dispatch[type(len)] = save_global


def python2(value):
    file = io.BytesIO()
    Python2Pickler(file).dump(value)
    return file.getvalue()


def write_tar(folder, archive):
    """Without times and owners, so that a second run gives the same bytes."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        top = tarfile.TarInfo(folder.name)
        top.type, top.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(top)
        for path in sorted(folder.iterdir(), reverse=True):
            info = tarfile.TarInfo(f"{folder.name}/{path.name}")
            info.size = path.stat().st_size
            tar.addfile(info, io.BytesIO(path.read_bytes()))
    archive.write_bytes(gzip.compress(plain.getvalue(), mtime=0))


class Unchecked(CIFAR10):
    meta = {**CIFAR10.meta, "md5": None}

    def _check_integrity(self):
        return True


def main():
    random = np.random.default_rng(20261126)
    names = ("cifar-10-batches-py", "cifar-10-batches-bin", "python3-protocol2", "python3-default")
    folders = {name: OUTPUT / name for name in names}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    label = 0
    for number, (name, size) in enumerate(SIZES.items(), 1):
        # Blocks of 8 x 8, so that git can pack them; every byte value occurs.
        blocks = random.integers(0, 256, (size, 3, 4, 4), dtype=np.uint8)
        data = blocks.repeat(8, 2).repeat(8, 3)
        data[:, :, 0, :] = random.integers(0, 256, (size, 3, 32), dtype=np.uint8)
        labels = [(label + 7 * i) % 10 for i in range(size)]
        label += size
        title = "testing batch 1 of 1" if name == "test_batch" else f"training batch {number} of 5"
        batch = {
            "batch_label": title,
            "labels": labels,
            "data": data.reshape(size, 3072),
            "filenames": [f"{NAMES[one]}_s_{i:06}.png" for i, one in enumerate(labels)],
        }
        (folders["cifar-10-batches-py"] / name).write_bytes(python2(batch))
        as_bytes = {key.encode(): value for key, value in batch.items()}
        as_bytes[b"data"] = np.asfortranarray(as_bytes[b"data"])
        (folders["python3-protocol2"] / name).write_bytes(pickle.dumps(as_bytes, protocol=2))
        (folders["python3-default"] / name).write_bytes(pickle.dumps(batch))
        records = b"".join(bytes([one]) + image.tobytes() for one, image in zip(labels, data))
        (folders["cifar-10-batches-bin"] / f"{name}.bin").write_bytes(records)
    meta = {"num_cases_per_batch": 10000, "label_names": NAMES, "num_vis": 3072}
    (folders["cifar-10-batches-py"] / "batches.meta").write_bytes(python2(meta))
    (folders["cifar-10-batches-bin"] / "batches.meta.txt").write_text("\n".join(NAMES) + "\n\n")
    write_tar(folders["cifar-10-batches-py"], OUTPUT / "cifar-10-python.tar.gz")
    write_tar(folders["cifar-10-batches-bin"], OUTPUT / "cifar-10-binary.tar.gz")
    parts = [Unchecked(OUTPUT, train=train) for train in (True, False)]
    np.save(OUTPUT / "images.npy", np.concatenate([part.data for part in parts]))
    np.save(OUTPUT / "labels.npy", np.concatenate([np.asarray(part.targets) for part in parts]))


main()
