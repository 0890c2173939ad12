// CIFAR-10 in each form that people have, against what torchvision reads, and damaged (tools/make-cifar-goldens.py).
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { InputError, UnavailableError } from "../../src/core/errors.js";
import { readNpy } from "../../src/core/npy.js";
import { openCifar10 } from "../../src/datasets/cifar-10.js";
import type { RawImage } from "../../src/datasets/image-input.js";
import { oddityText } from "../../src/datasets/oddities.js";

const GOLDENS = fileURLToPath(new URL("../goldens/cifar-10/", import.meta.url));
const PYTHON = join(GOLDENS, "cifar-10-batches-py");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-cifar-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A folder with one form of it, under a name. */
function placed(form: string, as: string): string {
  cpSync(join(GOLDENS, form), join(folder, as), { recursive: true });
  return folder;
}

/** The Python version in a folder of the test's own, and one of its files. */
function copied(): string {
  cpSync(PYTHON, folder, { recursive: true });
  return folder;
}

async function pixelsOf(root: string): Promise<Uint8Array> {
  const dataset = await openCifar10({ root });
  const images = await Promise.all(dataset.ids.map((_, row) => dataset.image(row) as Promise<RawImage>));
  expect(images.every(({ width, height, channels }) => width === 32 && height === 32 && channels === 3)).toBe(true);
  return Buffer.concat(images.map(({ data }) => data));
}

describe.each([
  ["torchvision's folder", () => PYTHON],
  ["the folder it is in", () => placed("cifar-10-batches-py", "cifar-10-batches-py")],
  ["the binary version", () => join(GOLDENS, "cifar-10-batches-bin")],
  ["the folder that is in", () => placed("cifar-10-batches-bin", "cifar-10-batches-bin")],
  ["the archive of the Python version", () => join(GOLDENS, "cifar-10-python.tar.gz")],
  ["the archive of the binary version", () => join(GOLDENS, "cifar-10-binary.tar.gz")],
  ["a folder with an archive", () => placed("cifar-10-binary.tar.gz", "cifar-10-binary.tar.gz")],
  ["an archive of another name", () => join(placed("cifar-10-python.tar.gz", "mine.tar.gz"), "mine.tar.gz")],
  ["pickles of Python 3 in protocol 2, keys as bytes, column-major", () => join(GOLDENS, "python3-protocol2")],
  ["pickles of Python 3 in its default protocol", () => join(GOLDENS, "python3-default")],
])("from %s", (_, place) => {
  it("reads bit for bit what torchvision does", async () => {
    const root = place();
    const [images, labels] = [await readNpy(join(GOLDENS, "images.npy")), await readNpy(join(GOLDENS, "labels.npy"))];
    const dataset = await openCifar10({ root });
    expect(Array.from(dataset.labels)).toEqual(Array.from(labels.data, Number));
    expect(Buffer.compare(await pixelsOf(root), images.data as Uint8Array)).toBe(0);
    expect(dataset.classNames).toHaveLength(10);
    expect([dataset.ids[0], dataset.ids[15], dataset.ids[16], dataset.ids[20]]).toEqual([
      "train/00000",
      "train/00015",
      "test/00000",
      "test/00004",
    ]);
    expect(dataset.contentHash, "one content, one hash").toBe((await openCifar10({ root: PYTHON })).contentHash);
  });
});

describe("what is said of a copy", () => {
  it("names batches that are not the published ones", async () => {
    const { oddities = [] } = await openCifar10({ root: PYTHON });
    expect(oddities.map(oddityText)).toEqual([
      "6 batches that do not have 10000 images: data_batch_1 (4), data_batch_2 (3), data_batch_3 (3), …",
      "6 batches with another MD5 than the published ones: data_batch_1, data_batch_2, data_batch_3, …",
    ]);
  });

  it("says what to put where when there is none", async () => {
    const opened = openCifar10({ root: folder });
    await expect(opened).rejects.toThrow(UnavailableError);
    await expect(opened).rejects.toThrow(
      `${folder} holds none of cifar-10-batches-py (torchvision's folder), cifar-10-python.tar.gz, cifar-10-batches-bin and cifar-10-binary.tar.gz`,
    );
    await expect(opened).rejects.toThrow("hashbook dataset cifar-10 --download");
  });
});

describe("damaged files", () => {
  /** Opens it with one file replaced. */
  async function fault(
    change: (bytes: Buffer) => Uint8Array,
    name = "data_batch_2",
    from = PYTHON,
  ): Promise<InputError> {
    cpSync(from, folder, { recursive: true });
    writeFileSync(join(folder, name), change(readFileSync(join(folder, name))));
    const error: unknown = await openCifar10({ root: folder }).then(
      () => undefined,
      cause => cause,
    );
    expect(error).toBeInstanceOf(InputError);
    return error as InputError;
  }

  it("cut short anywhere is said with file and byte", async () => {
    const whole = readFileSync(join(PYTHON, "data_batch_2"));
    for (const length of [0, 1, 5, 40, 200, 300, whole.length - 1]) {
      const error = await fault(bytes => bytes.subarray(0, length));
      expect(error.message, `${length} bytes`).toContain(join(folder, "data_batch_2"));
      expect(error.message, `${length} bytes`).toMatch(/byte \d+/);
    }
  });

  it("changed anywhere is read, or refused with the file", async () => {
    const whole = readFileSync(join(PYTHON, "batches.meta"));
    for (let at = 0; at < whole.length; at++) {
      copied();
      const bytes = Buffer.from(whole);
      bytes[at] ^= 0x41;
      writeFileSync(join(folder, "batches.meta"), bytes);
      const error: unknown = await openCifar10({ root: folder }).then(
        () => undefined,
        cause => cause,
      );
      if (error !== undefined)
        expect(error, `byte ${at}`).toMatchObject({ kind: "input", file: join(folder, "batches.meta") });
    }
  });

  const batch = (labels: string, data: string): Buffer => Buffer.from(`(dS'labels'\n${labels}sS'data'\n${data}s.`);
  it.each([
    ["no dict", () => Buffer.from("I3\n."), 'a pickled dict with "data"'],
    ["no images", () => batch("(l", "I1\n"), "bytes of shape (n, 3072)"],
    ["text", () => Buffer.from("hello\n"), "this pickle cannot be read"],
  ])("%s is refused", async (_, content, message) => {
    expect((await fault(content)).message).toContain(message);
  });

  it("a label beyond the classes, and labels of other images", async () => {
    const at = readFileSync(join(PYTHON, "data_batch_2")).indexOf("labels") + 6;
    const start = at + 2 + 1 + 2 + 1; // BINPUT, EMPTY_LIST, BINPUT, MARK
    const set = (place: number, value: number) => (bytes: Buffer) => {
      bytes[place] = value;
      return bytes;
    };
    expect((await fault(set(start + 1, 10))).message).toMatch(/expected a number of 0\.\.9; found 10 for image 0/);
    const without = (bytes: Buffer): Buffer => Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 2)]);
    expect((await fault(without)).message).toContain('expected "labels", a list of 3 numbers; found 2');
  });

  it("other class names", async () => {
    const error = await fault(
      bytes => Buffer.from(bytes.toString("latin1").replace("truck", "lorry"), "latin1"),
      "batches.meta",
    );
    expect(error.message).toMatch(/these are not CIFAR-10's classes.*found airplane.*lorry/);
  });

  it("binary batches that are no records, or have labels beyond the classes", async () => {
    const binary = join(GOLDENS, "cifar-10-batches-bin");
    const cut = await fault(bytes => bytes.subarray(0, 3073 + 9), "data_batch_3.bin", binary);
    expect(cut.message).toContain("found 1 of them and 9 bytes from byte 3073 on");
    const beyond = await fault(
      bytes => {
        bytes[3073] = 11;
        return bytes;
      },
      "data_batch_3.bin",
      binary,
    );
    expect(beyond.message).toContain("found 11 for image 1, at byte 3073");
  });

  it("a missing batch", async () => {
    copied();
    rmSync(join(folder, "data_batch_4"));
    await expect(openCifar10({ root: folder })).rejects.toThrow("CIFAR-10 is not whole here");
    await expect(openCifar10({ root: folder })).rejects.toThrow("no data_batch_4");
  });

  it.each([
    ["an archive that ends early", (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
    ["a tar that ends early", (bytes: Buffer) => gzipSync(gunzipSync(bytes).subarray(0, 20_000))],
    ["an archive that is none", () => Buffer.from("<html>404</html>")],
    ["a gzip of something else", () => gzipSync(Buffer.alloc(3000, 65))],
    ["an empty file", () => Buffer.alloc(0)],
  ])("%s", async (_, change) => {
    const file = join(folder, "cifar-10-python.tar.gz");
    writeFileSync(file, change(readFileSync(join(GOLDENS, "cifar-10-python.tar.gz"))));
    const opened = openCifar10({ root: file });
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(file);
  });
});

describe("malicious pickles", () => {
  // What pickle.dumps makes of an object whose __reduce__ is (os.system, ("touch FILE",)), and its other spellings.
  it.each([
    ["GLOBAL and REDUCE", (command: string) => `cos\nsystem\n(S'${command}'\ntR.`],
    ["INST", (command: string) => `(S'${command}'\nios\nsystem\n.`],
    ["a builtin", (command: string) => `c__builtin__\neval\n(S'${command}'\ntR.`],
    ["in a list inside", (command: string) => `(dS'labels'\n(lcos\nsystem\n(S'${command}'\ntRas.`],
    ["a STACK_GLOBAL", (command: string) => `\x80\x04\x8c\x02os\x8c\x06system\x93(S'${command}'\ntR.`],
    ["an extension", () => "\x80\x02\x82\x01."],
    ["a persistent id", () => "Pfile\n."],
    ["a class of NumPy's", () => "cnumpy\nndarray\n(tR."],
    ["NumPy's own loader", (command: string) => `cnumpy\nload\n(S'${command}'\ntR.`],
  ])("%s is refused, and nothing runs", async (_, pickle) => {
    copied();
    const mark = join(folder, "mark");
    writeFileSync(join(folder, "test_batch"), Buffer.from(pickle(`touch ${mark}`), "latin1"));
    const opened = openCifar10({ root: folder });
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(join(folder, "test_batch"));
    expect(existsSync(mark)).toBe(false);
  });

  it("says what it names, and where", async () => {
    copied();
    writeFileSync(join(folder, "test_batch"), "cposix\nsystem\n(S'true'\ntR.");
    await expect(openCifar10({ root: folder })).rejects.toThrow("posix.system before byte 14");
  });

  it("changes nothing of the program by its keys", async () => {
    copied();
    const polluting = "(dS'__proto__'\n(dS'polluted'\nI1\nssS'constructor'\nI1\ns.";
    writeFileSync(join(folder, "test_batch"), polluting);
    await expect(openCifar10({ root: folder })).rejects.toThrow(InputError);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("with a length below 0 or beyond the file is refused at once", async () => {
    copied();
    for (const length of [-1, -5, 2 ** 31 - 1]) {
      const bytes = Buffer.alloc(7);
      bytes.write("\x80\x02B", "latin1");
      bytes.writeInt32LE(length, 3);
      writeFileSync(join(folder, "test_batch"), bytes);
      await expect(openCifar10({ root: folder })).rejects.toThrow("this pickle is damaged or cut short");
    }
  });
});

describe("from the catalogue", () => {
  it("opens by its name, from a root", async () => {
    const dataset = await openDataset("cifar-10", { root: GOLDENS });
    expect(dataset.name).toBe("cifar-10");
    expect(dataset.roles).toBeUndefined();
  });

  it("refuses a protocol's rule on classes that are too small for it", async () => {
    await expect(openDataset("cifar10-1", { root: GOLDENS })).rejects.toThrow(
      "protocol cifar10-1 needs larger classes",
    );
  });

  it("leaves what it reads as it was", async () => {
    mkdirSync(join(folder, "cifar-10-batches-py"));
    cpSync(PYTHON, join(folder, "cifar-10-batches-py"), { recursive: true });
    await openDataset("cifar-10", { root: folder });
    expect(readdirSync(folder)).toEqual(["cifar-10-batches-py"]);
  });
});
