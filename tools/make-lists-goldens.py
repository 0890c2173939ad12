"""Makes test/goldens/lists/: small published lists in ten forms, codes, and what `hashbook evaluate` must report of them.

Each folder is one row of the field's table: the file names, paths, prefixes, columns, overlaps and faults (rows without
a label, tabs, CRLF) of the repository it is taken after, with few images. The lists are then read again here, from the
files and without our code, and the figures computed from the definitions with NumPy (list_figures.py).

    python3 tools/make-lists-goldens.py      (NumPy; seeded, writes the same files every time)
"""

import json
from pathlib import Path

import numpy as np
from list_figures import figures, label_sets, labelled_only, read_lists

OUT = Path(__file__).resolve().parent.parent / "test" / "goldens" / "lists"
BITS = 16


# ---- writing


def multi_hot(rng, n, classes, mean, unlabelled=0.0):
    """Each image one class of a few frequent ones and some more; a share of them none."""
    labels = np.zeros((n, classes), dtype=int)
    for row in labels:
        if rng.random() < unlabelled:
            continue
        for label in (classes * rng.random(1 + rng.poisson(mean - 1)) ** 2).astype(int):
            row[label] = 1
    return labels


def one_hot(rng, n, classes):
    return np.eye(classes, dtype=int)[rng.integers(0, classes, n)]


def draw(rng, n, query, train, train_in_database, queries_in_database):
    """Row numbers of the three lists, in the order in which they are written."""
    order = rng.permutation(n)
    if queries_in_database:
        train_rows, database = order[:train], order[train:]
        return rng.permutation(database)[:query], train_rows, database
    query_rows, rest = order[:query], order[query:]
    train_rows = rest[:train]
    database = rng.permutation(rest) if train_in_database else rest[train:]
    return query_rows, train_rows, database


def write(folder, name, lines, end="\n", mark=""):
    file = OUT / folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes((mark + "".join(line + end for line in lines)).encode())


def columns(paths, labels, rows, between=" "):
    return [f"{paths[i]}{between}{' '.join(map(str, labels[i]))}" for i in rows]


def names_of(query="test"):
    return (f"{query}.txt", "train.txt", "database.txt")


FORMS = {}


def form(function):
    FORMS[function.__name__.replace("_", "-")] = function
    return function


@form
def cifar10(rng, folder):
    """One class number a line, as OrthoHash reads; train outside the database; class 3 is in no query."""
    n, classes = 120, 10
    labels = rng.integers(0, classes, n)
    paths = [f"{'train' if i % 6 else 'test'}/{i:05d}.png" for i in range(n)]
    lists = draw(rng, n, 20, 40, False, False)
    labels[lists[0]] = np.where(labels[lists[0]] == 3, 4, labels[lists[0]])
    for name, rows in zip(names_of(), lists):
        write(folder, name, [f"{paths[i]} {labels[i]}" for i in rows])
    return paths, np.eye(classes, dtype=int)[labels], lists, {}


@form
def cifar10_1(rng, folder):
    """TreezzZ's DSDH: paths in one file, columns in another; train in the database."""
    n = 100
    labels = one_hot(rng, n, 10)
    paths = [f"{i:05d}.png" for i in range(n)]
    lists = draw(rng, n, 20, 30, True, False)
    for name, rows in zip(("test", "train", "database"), lists):
        write(folder, f"{name}_img.txt", [paths[i] for i in rows])
        write(folder, f"{name}_label_onehot.txt", [" ".join(map(str, labels[i])) for i in rows])
    return paths, labels, lists, {}


@form
def cifar10_2(rng, folder):
    """path,label with names, CRLF and a byte-order mark, as a spreadsheet writes it; train and database the same."""
    n = 90
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "traffic light"]
    which = rng.integers(0, 10, n)
    paths = [f"images, all/{i:05d}.png" for i in range(n)]
    query, _, database = draw(rng, n, 20, 0, True, False)
    lists = (query, rng.permutation(database), database)
    for name, rows in zip(names_of(), lists):
        write(folder, name, [f"{paths[i]},{names[which[i]]}" for i in rows], "\r\n", "\ufeff")
    return paths, np.eye(10, dtype=int)[which], lists, {}


@form
def imagenet_100(rng, folder):
    """thuml's Caffe lists: ./data/imagenet/, 100 columns of which one is 1, queries and database in numbered parts."""
    n = 150
    labels = one_hot(rng, n, 100)
    labels[:, :] = labels[rng.integers(0, 40, n)]
    paths = [f"image/n{i:08d}_{i}.JPEG" if i % 4 else f"val_image/ILSVRC2012_val_{i:08d}.JPEG" for i in range(n)]
    lists = draw(rng, n, 24, 40, False, False)
    written = ["./data/imagenet/" + path for path in paths]
    write(folder, "train.txt", columns(written, labels, lists[1]))
    for name, rows in (("test", lists[0]), ("database", lists[2])):
        for part, some in enumerate(np.array_split(rows, 8)):
            write(folder, f"test/{name}{part}.txt", columns(written, labels, some))
    return paths, labels, lists, {}


def coco_name(i):
    part = "val2014" if i % 3 == 0 else "train2014"
    return part, f"COCO_{part}_{i * 7 + 9:012d}.jpg"


@form
def coco(rng, folder):
    """thuml's PyTorch lists: all queries in the database, train outside of it."""
    n = 160
    labels = multi_hot(rng, n, 80, 2.9)
    paths = ["/".join(coco_name(i)) for i in range(n)]
    lists = draw(rng, n, 20, 40, False, True)
    written = ["/home/caozhangjie/run-czj/dataset/coco/" + path for path in paths]
    for name, rows in zip(names_of(), lists):
        write(folder, name, columns(written, labels, rows))
    return paths, labels, lists, {}


@form
def coco_swuxyj(rng, folder):
    """Names without the folders that COCO's images lie in; no line break at the end."""
    n = 110
    labels = multi_hot(rng, n, 80, 2.9)
    paths = ["/".join(coco_name(i)) for i in range(n)]
    lists = draw(rng, n, 20, 40, False, False)
    written = [coco_name(i)[1] for i in range(n)]
    for name, rows in zip(names_of(), lists):
        lines = columns(written, labels, rows)
        write(folder, name, ["\n".join(lines)], "")
    return paths, labels, lists, {}


@form
def nuswide_81(rng, folder):
    """thuml's NUS-WIDE lists: images without a label, queries among them, some queries in the database."""
    n = 140
    labels = multi_hot(rng, n, 81, 2.4, 0.2)
    paths = [f"images/{i}_{i * 31}_{i:010x}_m.jpg" for i in range(n)]
    query, train, database = draw(rng, n, 20, 40, False, False)
    lists = (query, train, np.concatenate([database, query[:7]]))
    written = ["./data/nuswide_81/" + path for path in paths]
    for name, rows in zip(names_of(), lists):
        write(folder, name, columns(written, labels, rows))
    return paths, labels, lists, {}


@form
def nuswide_21(rng, folder):
    """CSQ's: data/nus_wide/ before the paths; here with tabs, several blanks, blank lines, and a line that comes twice."""
    n = 130
    labels = multi_hot(rng, n, 21, 2.0)
    paths = [f"images/{i:04d}_{i * 77}.jpg" for i in range(n)]
    lists = draw(rng, n, 20, 40, True, False)
    written = ["data/nus_wide/" + path for path in paths]
    for name, rows in zip(names_of(), lists):
        lines = columns(written, labels, rows, "\t")
        lines[2] = lines[2].replace(" ", "  ") + "  "
        write(folder, name, lines[:5] + [""] + lines[5:] + lines[4:5])
    return paths, labels, lists, {}


@form
def mirflickr(rng, folder):
    """38 columns, paths without a folder, images without a label; the queries in query.txt; names of the classes."""
    n = 120
    labels = multi_hot(rng, n, 38, 3.0, 0.1)
    paths = [f"im{i + 1}.jpg" for i in range(n)]
    lists = draw(rng, n, 20, 40, False, False)
    for name, rows in zip(names_of("query"), lists):
        write(folder, name, columns(paths, labels, rows))
    write(folder, "class_names.txt", [f"concept {i}" for i in range(38)])
    return paths, labels, lists, {}


@form
def voc2012(rng, folder):
    """The folders of the VOC archive before the names, which the images here lie without."""
    n = 500
    labels = multi_hot(rng, n, 20, 1.5)
    paths = [f"JPEGImages/{2008 + i % 4}_{i:06d}.jpg" for i in range(n)]
    lists = draw(rng, n, 60, 150, False, False)
    written = ["VOCdevkit/VOC2012/" + path for path in paths]
    for name, rows in zip(names_of(), lists):
        write(folder, name, columns(written, labels, rows))
    return paths, labels, lists, {"stripPrefix": "VOCdevkit/VOC2012/"}


def overlaps(lists):
    query, train, database = ({path for path, _ in lists[role]} for role in ("query", "train", "database"))
    return {
        "queriesInDatabase": len(query & database),
        "trainOutsideDatabase": len(train - database),
        "trainQueries": len(query & train),
    }


def main():
    rng = np.random.default_rng(12)
    for name, make in FORMS.items():
        paths, labels, lists, options = make(rng, name)
        read = read_lists(OUT / name)
        for role, rows in zip(("query", "train", "database"), lists):
            assert [path for path, _ in read[role]] == [paths[i] for i in rows], (name, role)
        # Codes that know something of the labels, so that the figures are not those of chance.
        projection = rng.normal(size=(labels.shape[1], BITS))
        codes = np.where(labels @ projection + rng.normal(size=(len(paths), BITS)) > 0, 1, -1)
        sets = label_sets(read)
        counts = np.bincount([len(sets[path]) for path in sets])
        expected = {
            "about": make.__doc__,
            "images": paths,
            **options,
            "codes": ["".join("+" if bit > 0 else "-" for bit in code) for code in codes],
            "listed": len(sets),
            "labelsAnItem": counts.tolist(),
            "overlaps": overlaps(read),
            "roles": {role: len(items) for role, items in read.items()},
            "figures": {
                "keep": figures(read, dict(zip(paths, codes))),
                "drop": figures(labelled_only(read), dict(zip(paths, codes))),
            },
        }
        (OUT / name / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
        print(name, expected["roles"], expected["figures"]["keep"]["mAP"]["all"])


main()
