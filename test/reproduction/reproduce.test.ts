// Records run again: in this process, from a pack in another folder with an empty home, and where something has changed.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { packTar, unpackTar } from "modern-tar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNpy } from "../../src/core/npy.js";
import { writeSplit } from "../../src/datasets/split-file.js";
import type { ExperimentData } from "../../src/experiments/experiment-data.js";
import { openFolderData } from "../../src/experiments/folder-data.js";
import type { SearchResult } from "../../src/experiments/result.js";
import { writeFeatureManifest } from "../../src/features/feature-manifest.js";
import { writeIds } from "../../src/features/ids-file.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { distance, furthest, measureChanges } from "../../src/reproduction/measure-changes.js";
import { packRecord } from "../../src/reproduction/pack-record.js";
import { reproduce } from "../../src/reproduction/reproduce.js";
import type { RunReproduction } from "../../src/reproduction/reproduction.js";
import { sweep } from "../../src/sweeps/sweep.js";
import { toyExperiment } from "../experiments/toy-experiment.js";

const cli = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));
const METHOD = `
export default ({ tf, defineMethod }) => defineMethod({
  name: "mine", title: "Mine", options: {},
  loss: (codes, batch) => tf.mean(tf.square(tf.sub(tf.div(tf.matMul(codes, codes, false, true), batch.bits), batch.similar))),
});
`;
const NAMES = ["mine-8-s0-batch=20-epochs=3-hidden=8", "lsh-8-s0"];

let folder: string;
let study: StudyRecord;
const home = process.env.HASHBOOK_HOME;
const at = (...parts: string[]): string => join(folder, ...parts);

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user does. @param where folder it runs in, which is its home too */
function hashbook(where: string, ...args: string[]): Promise<Outcome> {
  const env = { ...process.env, HASHBOOK_HOME: where, HOME: where };
  return new Promise(resolve => {
    execFile(process.execPath, [cli, ...args], { cwd: where, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** A data folder as `extract` and `split` write it, of the toy experiment. */
async function writeDataFolder(path: string): Promise<void> {
  const { featureSet, split } = toyExperiment();
  const { features, labels } = featureSet;
  const classNames = ["a", "b", "c", "d"];
  const manifest = { ...featureSet.manifest, format: 1, classNames };
  await writeNpy(join(path, "features.npy"), features);
  await writeNpy(join(path, "labels.npy"), { data: labels as Int32Array, shape: [160] });
  await writeIds(
    join(path, "ids.txt"),
    Array.from({ length: 160 }, (_, row) => `item ${row}`),
  );
  await writeSplit(path, split, { contentHash: manifest.contentHash, rows: 160 });
  await writeFeatureManifest(path, manifest);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-reproduce-"));
  process.env.HASHBOOK_HOME = folder;
  await writeDataFolder(at("data"));
  await writeFile(at("mine.mjs"), METHOD);
  const settings = { epochs: 3, batch: 20, hidden: [8] };
  const asked = {
    methods: [at("mine.mjs"), "lsh"],
    bits: [8],
    settings,
    name: "toy",
    cutoffs: [5],
    metrics: ["ndcg@10"],
  };
  study = await sweep(await openFolderData(at("data")), { ...asked, onState: () => undefined });
  expect(study.runs.map(({ record }) => record.name)).toEqual(NAMES);
}, 60_000);
afterAll(async () => {
  if (home === undefined) delete process.env.HASHBOOK_HOME;
  else process.env.HASHBOOK_HOME = home;
  await rm(folder, { recursive: true });
});

/** Fields of files of a study that are changed here. */
interface Document {
  readonly files: Record<string, string>;
  readonly environment: Record<string, unknown>;
  readonly config: Record<string, unknown>;
  readonly result: { readonly evaluation: { readonly mAP: Record<string, { stable: number }> } };
  engine: string;
  key: string;
  methodFile?: object;
  origin: object;
}

/** The study under another name, with something of it changed. */
async function changedStudy(name: string, change: (study: string) => Promise<void>): Promise<string> {
  const copy = at("runs", "studies", name);
  await cp(study.folder, copy, { recursive: true });
  await change(copy);
  return copy;
}

async function edit(file: string, change: (document: Document) => void): Promise<void> {
  const document = JSON.parse(await readFile(file, "utf8"));
  change(document);
  await writeFile(file, JSON.stringify(document));
}

const verdicts = (runs: readonly RunReproduction[]): string[] => runs.map(({ verdict }) => verdict);

describe("reproduce", () => {
  it("gives every run again, bit for bit, from its data folder and its method's file", async () => {
    const told: string[] = [];
    const { runs, holds } = await reproduce("toy", { onRun: ({ name }) => void told.push(name) });
    expect([verdicts(runs), holds, told]).toEqual([["bit-equal", "bit-equal"], true, NAMES]);
    for (const { changed, measures, furthest: worst } of runs) {
      expect(changed).toEqual([]);
      expect(worst && distance(worst)).toBe(0);
      const names = measures.map(({ measure }) => measure);
      for (const name of [
        "mAP.all.tieAware",
        "mAP.5.stable",
        "top1",
        "radius2.precision",
        "metrics.ndcg@10",
        "validationMAP",
      ]) {
        expect(names).toContain(name);
      }
    }
  });

  it("takes a run, by name or folder, and a study that was kept without its models", async () => {
    for (const target of ["toy/lsh-8-s0", study.runs[1].folder, study.runs[1]]) {
      expect((await reproduce(target)).runs).toMatchObject([{ name: "lsh-8-s0", verdict: "bit-equal" }]);
    }
    const kept = await changedStudy("kept", async copy => {
      for (const name of NAMES) for (const file of ["head.json", "head.safetensors"]) await rm(join(copy, name, file));
    });
    expect(verdicts((await reproduce(kept)).runs)).toEqual(["bit-equal", "bit-equal"]);
  });

  it("takes of each method the run that was quickest to train", async () => {
    const more = await changedStudy("more", async copy => {
      for (const [name, seconds] of [
        ["lsh-8-s1", 0.1],
        ["lsh-8-s2", 0.05],
        ["lsh-8-s3", 0.2],
      ] as const) {
        await cp(join(copy, "lsh-8-s0"), join(copy, name), { recursive: true });
        await edit(join(copy, name, "record.json"), record => Object.assign(record, { name, trainSeconds: seconds }));
      }
      await edit(join(copy, "lsh-8-s0", "record.json"), record => Object.assign(record, { trainSeconds: 0.3 }));
    });
    const { runs } = await reproduce(more, { quickest: true });
    expect(runs.map(({ name }) => name)).toEqual([NAMES[0], "lsh-8-s2"]);
  });

  it("tells a record with other bits by how far its measures are", async () => {
    const changed = await changedStudy("other-bits", async copy => {
      for (const [at, name] of NAMES.entries()) {
        await edit(join(copy, name, "record.json"), record => {
          record.files["head.safetensors"] = "0".repeat(64);
        });
        await edit(join(copy, name, "evaluation.json"), ({ result }) => {
          result.evaluation.mAP["5"].stable += [0.0029, 0.01][at];
        });
      }
    });
    const { runs, holds } = await reproduce(changed);
    expect([verdicts(runs), holds]).toEqual([["within tolerance", "different"], false]);
    expect(runs[1].furthest).toMatchObject({ measure: "mAP.5.stable" });
    expect(distance(runs[1].furthest!)).toBeCloseTo(0.01, 10);
    expect(verdicts((await reproduce(changed, { tolerance: 0.02 })).runs)).toEqual([
      "within tolerance",
      "within tolerance",
    ]);
  });

  it("accepts, where asked to, what is no further than another seed's, by three seeds at least", async () => {
    // The deviation of 0, 0.02 and −0.02 is 0.02; the 99.5 % quantile of t of 2 degrees of freedom is 9.925.
    const offsets = [0, 0.02, -0.02];
    const spread = await changedStudy("spread", async copy => {
      for (const seed of [1, 2]) await cp(join(copy, "lsh-8-s0"), join(copy, `lsh-8-s${seed}`), { recursive: true });
      for (const [seed, offset] of offsets.entries()) {
        const run = join(copy, `lsh-8-s${seed}`);
        await edit(join(run, "record.json"), record => {
          record.files["head.safetensors"] = "0".repeat(64);
          Object.assign(record, { name: `lsh-8-s${seed}`, seed, config: { ...record.config, seed } });
        });
        await edit(join(run, "evaluation.json"), ({ result }) => {
          result.evaluation.mAP["5"].stable += 0.05 + offset;
        });
      }
    });
    const target = join(spread, "lsh-8-s0");
    const refused = await reproduce(target);
    expect([verdicts(refused.runs), refused.holds]).toEqual([["within the spread of its seeds"], false]);
    const [{ furthest: worst, seeds }] = refused.runs;
    expect(seeds).toBe(3);
    expect(worst).toMatchObject({ measure: "mAP.5.stable" });
    expect(distance(worst!)).toBeCloseTo(0.05, 10);
    expect(worst!.seedReach).toBeCloseTo(Math.SQRT2 * 9.925 * 0.02, 10);
    const accepted = await reproduce(target, { accept: "spread" });
    expect([accepted.accept, accepted.holds]).toEqual(["spread", true]);
    // A measure in which the seeds agree is held to the tolerance.
    const shiftAll = async (by: number): Promise<void> => {
      for (const seed of offsets.keys()) {
        await edit(join(spread, `lsh-8-s${seed}`, "evaluation.json"), ({ result }) => {
          result.evaluation.mAP.all.stable += by;
        });
      }
    };
    await shiftAll(0.01);
    const [agreed] = (await reproduce(target, { accept: "spread" })).runs;
    expect([agreed.verdict, agreed.furthest?.measure]).toEqual(["different", "mAP.all.stable"]);
    await shiftAll(-0.01);
    await rm(join(spread, "lsh-8-s2"), { recursive: true });
    const [two] = (await reproduce(target, { accept: "spread" })).runs;
    expect([two.verdict, two.seeds]).toEqual(["different", undefined]);
    await expect(reproduce(target, { accept: "all" as never })).rejects.toThrow(/cannot be accepted.*spread/);
  });

  it("says what of machine, version and code is not as it was", async () => {
    const changed = await changedStudy("elsewhere", copy =>
      edit(join(copy, NAMES[1], "record.json"), record => {
        Object.assign(record.environment, { node: "v1.0.0", commit: "abc", processor: "Abacus" });
        record.engine = "no-such-engine";
        record.key = "0123456789abcdef";
      }),
    );
    const [{ verdict, changed: sentences }] = (await reproduce(`${changed}/${NAMES[1]}`)).runs;
    expect(verdict).toBe("bit-equal"); // the same all the same
    const text = sentences.join("\n");
    expect(text).toMatch(/^what is computed \(/m);
    expect(text).toMatch(/^version of Node: v\d+\.\d+\.\d+, was v1\.0\.0$/m);
    expect(text).toMatch(/^processor: .*, was Abacus$/m);
    expect(text).toMatch(/^commit of hashbook: .*, was abc$/m);
    expect(text).toMatch(/engine.*no-such-engine/m);
  });

  it("computes nothing on other labels or roles, and tells of other features", async () => {
    const { featureSet, split, validation } = await openFolderData(at("data"));
    const labels = (featureSet.labels as Int32Array).map(label => (label + 1) % 3);
    const relabelled: ExperimentData = { featureSet: { ...featureSet, labels }, split, validation };
    const other = await reproduce("toy", { data: relabelled });
    expect(verdicts(other.runs)).toEqual(["not computed", "not computed"]);
    expect(other.runs[0].changed).toEqual(["data: the labels are not those of the record"]);
    const features = { ...featureSet.features, data: featureSet.features.data.map(value => value + 1e-7) };
    const moved = await reproduce("toy", { data: { featureSet: { ...featureSet, features }, split, validation } });
    for (const { verdict, changed } of moved.runs) {
      expect(["within tolerance", "different", "bit-equal"]).toContain(verdict);
      expect(changed[0]).toBe("data: the values of the features are not those of the record");
    }
  });

  it("says which method, data or record is not here", async () => {
    const cell = await changedStudy("cell", async copy => {
      await edit(join(copy, NAMES[0], "record.json"), record => void delete record.methodFile);
      await edit(join(copy, "study.json"), file => {
        file.origin = { kind: "given" };
      });
    });
    await expect(reproduce(cell)).rejects.toThrow(/was made in a cell.*option data/);
    const { runs } = await reproduce(cell, { data: at("data") });
    expect(verdicts(runs)).toEqual(["not computed", "bit-equal"]);
    expect(runs[0].changed[0]).toMatch(/the method "mine" was defined in a cell/);
    await expect(reproduce("tyo")).rejects.toThrow(/there is no study "tyo".*toy/);
    await expect(reproduce("toy/lsh-8-s9")).rejects.toThrow(/no finished run "lsh-8-s9".*lsh-8-s0/);
    await expect(reproduce("toy", { tolerance: -1 })).rejects.toThrow(/no tolerance/);
  });

  it("leaves nothing behind among the temporary files", async () => {
    await reproduce("toy/lsh-8-s0");
    expect((await readdir(tmpdir())).filter(name => name.startsWith("hashbook-reproduce-"))).toEqual([
      basename(folder),
    ]);
  });
});

describe("a pack", () => {
  it("is run again with an empty home, where neither data nor method are", async () => {
    const packed = await hashbook(folder, "runs", "pack", "toy", "--out", "toy.tar.gz", "--with-data", "--json");
    expect(packed.code, packed.stderr).toBe(0);
    expect(JSON.parse(packed.stdout)).toMatchObject({ study: "toy", runs: NAMES, withData: true });
    const elsewhere = await mkdtemp(join(tmpdir(), "hashbook-elsewhere-"));
    try {
      await cp(at("toy.tar.gz"), join(elsewhere, "toy.tar.gz"));
      await rm(at("mine.mjs"));
      const { code, stdout, stderr } = await hashbook(elsewhere, "reproduce", "toy.tar.gz");
      expect(code, stdout + stderr).toBe(0);
      expect(stdout).toMatch(
        /^mine-8-s0-batch=20-epochs=3-hidden=8 +bit-equal +\d+\.\d s\nlsh-8-s0 +bit-equal +\d+\.\d s\ntoy: 2 bit-equal\nall is as it was\n$/,
      );
      // Without the file, the study itself cannot be run again, and says so.
      const here = await hashbook(folder, "reproduce", "toy", "--json");
      expect(here.code).toBe(1);
      const { runs, holds } = JSON.parse(here.stdout);
      expect([verdicts(runs), holds]).toEqual([["not computed", "bit-equal"], false]);
      expect(runs[0].changed[0]).toMatch(/mine\.mjs.*there is no such file|there is no such file.*mine\.mjs/);
      expect(await readdir(elsewhere)).toEqual(["toy.tar.gz"]);
    } finally {
      await writeFile(at("mine.mjs"), METHOD);
      await rm(elsewhere, { recursive: true });
    }
  }, 60_000);

  it("has the same bytes for the same study, and is not written with another method or other data", async () => {
    await packRecord("toy", at("one.tar.gz"), { withData: true });
    await packRecord("toy", at("two.tar.gz"), { withData: true });
    expect(await readFile(at("two.tar.gz"))).toEqual(await readFile(at("one.tar.gz")));
    await writeFile(at("mine.mjs"), `${METHOD}\n`);
    await expect(packRecord("toy", at("three.tar.gz"))).rejects.toThrow(/mine\.mjs.*changed since/);
    const [{ changed }] = (await reproduce(`toy/${NAMES[0]}`)).runs;
    expect(changed).toEqual([expect.stringMatching(/^code: .*mine\.mjs is not the file/)]);
    await writeFile(at("mine.mjs"), METHOD);
    await cp(at("data"), at("other-data"), { recursive: true });
    await writeNpy(at("other-data", "labels.npy"), { data: new Int32Array(160).fill(1), shape: [160] });
    await expect(packRecord("toy", at("three.tar.gz"), { withData: true, data: at("other-data") })).rejects.toThrow();
    expect(await readdir(folder)).not.toContain("three.tar.gz");
  });

  it("of one run holds that run, and without data it takes it from where the record says", async () => {
    const { runs } = await packRecord("toy/lsh-8-s0", at("run.tar.gz"));
    expect(runs).toEqual(["lsh-8-s0"]);
    const { runs: again } = await reproduce(at("run.tar.gz"), { data: at("data") });
    expect(again).toMatchObject([{ name: "lsh-8-s0", verdict: "bit-equal" }]);
  });

  it("shows no absolute path, and so nobody's name", async () => {
    await packRecord("toy", at("shown.tar.gz"), { withData: true });
    const text = gunzipSync(await readFile(at("shown.tar.gz"))).toString("latin1");
    expect(text).toContain('"path": "mine.mjs"');
    expect(text).not.toContain(folder);
    expect(text).not.toContain(tmpdir());
  });

  it("is not written of a method that imports, and runs no file but its own", async () => {
    const importing = await changedStudy("importing", async copy => {
      await writeFile(at("importing.mjs"), `import { tf } from "./other.mjs";\nimport "node:fs";\n${METHOD}`);
      await edit(join(copy, NAMES[0], "record.json"), record => {
        const sha256 = createHash("sha256")
          .update(readFileSync(at("importing.mjs")))
          .digest("hex");
        record.methodFile = { path: at("importing.mjs"), sha256 };
      });
    });
    await expect(packRecord(importing, at("importing.tar.gz"))).rejects.toThrow(/importing\.mjs.*\.\/other\.mjs/);
    // A pack that names a file of this machine.
    await packRecord("toy", at("hostile.tar.gz"), { withData: true });
    const entries = await unpackTar(gunzipSync(await readFile(at("hostile.tar.gz"))));
    const marker = at("evil-ran");
    await writeFile(
      at("evil.mjs"),
      `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(marker)}, "");`,
    );
    const changed = entries
      .filter(({ header }) => !header.name.includes("/methods/"))
      .map(({ header, data = new Uint8Array() }) => {
        if (!header.name.endsWith(`${NAMES[0]}/record.json`)) return { header, body: data };
        const record = JSON.parse(new TextDecoder().decode(data));
        const body = new TextEncoder().encode(
          JSON.stringify({ ...record, methodFile: { ...record.methodFile, path: at("evil.mjs") } }),
        );
        return { header: { ...header, size: body.length }, body };
      });
    await writeFile(at("hostile.tar.gz"), gzipSync(await packTar(changed)));
    const { runs } = await reproduce(at("hostile.tar.gz"));
    expect(verdicts(runs)).toEqual(["not computed", "bit-equal"]);
    expect(runs[0].changed[0]).toMatch(/is not in the pack/);
    expect(existsSync(marker)).toBe(false);
  });

  it("that is damaged, none of ours, or would write elsewhere is refused", async () => {
    const bytes = await readFile(at("run.tar.gz"));
    const refused = async (content: Uint8Array): Promise<string> => {
      await writeFile(at("bad.tar.gz"), content);
      return reproduce(at("bad.tar.gz")).then(
        () => "taken",
        (error: Error) => error.message,
      );
    };
    const archive = async (...entries: Parameters<typeof packTar>[0]): Promise<Uint8Array> =>
      gzipSync(await packTar(entries));
    const file = (name: string) => ({ header: { name, size: 2 }, body: "{}" });
    expect(await refused(bytes.subarray(0, bytes.length / 2))).toMatch(/bad\.tar\.gz.*cannot be unpacked/);
    expect(await refused(new Uint8Array(10))).toMatch(/bad\.tar\.gz.*cannot be unpacked/);
    expect(await refused(await archive(file("a/b")))).toMatch(/no pack of a study/);
    for (const name of ["a/../../evil", "/etc/evil", "a/..", "a\\b", "C:/x"]) {
      expect(await refused(await archive(file(name)))).toMatch(/no pack of ours/);
    }
    const link = { header: { name: "a/link", size: 0, type: "symlink", linkname: "/etc/passwd" } } as const;
    expect(await refused(await archive(link))).toMatch(/symlink "a\/link"/);
    expect(await refused(await archive(file("a/b"), file("a/b")))).toMatch(/no pack of ours/);
    await expect(reproduce(at("none.tar.gz"))).rejects.toThrow(/none\.tar\.gz.*cannot be unpacked/);
  });

  it("is refused over the study it is made of, and without a name of a pack", async () => {
    const over = await hashbook(folder, "runs", "pack", "toy", "--out", join(study.folder, "toy.tar.gz"));
    expect([over.code, over.stderr]).toEqual([2, expect.stringMatching(/among the files that are read/)]);
    const zip = await hashbook(folder, "runs", "pack", "toy", "--out", "toy.zip");
    expect([zip.code, zip.stderr]).toEqual([2, expect.stringMatching(/--out NAME\.tar\.gz/)]);
  });
});

describe("measures side by side", () => {
  const result = (mAP: number): SearchResult =>
    ({ evaluation: { mAP: { all: { tieAware: mAP } }, prByRadius: [{ precision: 0 }] } }) as unknown as SearchResult;

  it("are all figures, without curves; one that is gone is infinitely far", () => {
    expect(measureChanges({ result: result(0.5) }, { result: result(0.4) })).toEqual([
      { measure: "mAP.all.tieAware", recorded: 0.5, now: 0.4 },
    ]);
    const gone = measureChanges({ result: result(0.5), validationMAP: 0.2 }, { result: result(0.5) });
    expect(furthest(gone, 0.003)).toMatchObject({ measure: "validationMAP", recorded: 0.2 });
    expect(distance(furthest(gone, 0.003)!)).toBe(Number.POSITIVE_INFINITY);
    expect(furthest([], 0.003)).toBeUndefined();
  });
});
