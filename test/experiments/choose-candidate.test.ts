import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Candidate } from "../../src/challenge/candidate.js";
import { challengeConfig } from "../../src/challenge/challenge-config.js";
import { challengeSet } from "../../src/challenge/challenge-set.js";
import { readSubmissionNote } from "../../src/challenge/submission-note.js";
import { displayOf } from "../../src/core/display.js";
import { registerKnownDisplays } from "../../src/displays/known-displays.js";
import { readChoiceRecord } from "../../src/experiments/choice-record.js";
import { choiceRows } from "../../src/experiments/choice-rows.js";
import { chooseCandidate } from "../../src/experiments/choose-candidate.js";
import { compareCandidates } from "../../src/experiments/compare-candidates.js";
import { challengeCandidates } from "../../src/experiments/default-candidates.js";
import { scoreOverFolds } from "../../src/experiments/score-over-folds.js";
import { submitChoice } from "../../src/experiments/submit-choice.js";
import { submittedSentences } from "../../src/experiments/submitted-sentences.js";
import { toyChallenge } from "./toy-challenge.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "choose-"));
});
afterAll(() => rm(folder, { recursive: true }));

const { engine, dataset, features } = toyChallenge();
const data = { engine, dataset, featureSets: { plain: { features } } };
const dch = { ...challengeConfig("dch", 8, { perProduct: 3, epochs: 2 }), batch: 16 };
const candidates: Candidate[] = [
  { name: "cosine", ranking: { ranking: "features" } },
  { name: "DCH, Hamming", training: dch, ranking: { ranking: "hamming" } },
  { name: "DCH, asymmetric", training: dch, ranking: { ranking: "asymmetric" } },
  { name: "PCAH", training: { method: "pcah", bits: 4 }, ranking: { ranking: "hamming" } },
  { name: "DCH, ITQ", training: dch, codes: "itq", codeBits: 6, ranking: { ranking: "hamming" } },
  { name: "whitened", whiten: 6, ranking: { ranking: "features" } },
  { name: "whitened DCH", whiten: 6, training: dch, ranking: { ranking: "hamming" } },
];

describe("compareCandidates", () => {
  it("scores as trainings one by one do, on the same folds", async () => {
    const seen: string[] = [];
    const results = await compareCandidates(data, candidates, {
      of: 3,
      store: join(folder, "store"),
      onProgress: ({ task, done, total }) => {
        if (task === "folds") seen.push(`${done}/${total}`);
      },
    });
    expect(seen.at(-1)).toBe("18/18"); // six of seven learn something of their own, on three folds
    expect(results.map(({ name }) => name)).toEqual(candidates.map(({ name }) => name));
    const plain = await scoreOverFolds(
      { ...data, featureSet: { features } },
      { DCH: dch },
      { Hamming: { ranking: "hamming" } },
      { of: 3 },
    );
    expect(results[0].scores).toEqual(plain[0].scores);
    expect(results[1].scores[0]).toBe(plain[1].scores[0]); // folds beyond the first have seeds of their own
    expect(results.map(({ bytesPerImage }) => bytesPerImage)).toEqual([40, 1, 1, 1, 1, 24, 1]);
    expect(results[0].trainSeconds).toBe(0);
    for (const { msPerQuery, trainSeconds } of results.slice(1)) {
      expect(msPerQuery).toBeGreaterThan(0);
      expect(trainSeconds).toBeGreaterThan(0);
    }
  }, 60_000);

  it("finds again what it kept, and learns only what is missing", async () => {
    const store = join(folder, "again");
    const options = { of: 3, store };
    const first = await compareCandidates(data, candidates, options);
    const files = await readdir(store);
    expect(files).toHaveLength(21);
    const before = await Promise.all(files.map(file => stat(join(store, file), { bigint: true })));
    let totals: number[] = [];
    const watch = {
      onProgress: ({ task, done }: { task: string; done: number }) => {
        if (task === "folds") totals.push(done);
      },
    };
    expect(await compareCandidates(data, candidates, { ...options, ...watch })).toEqual(first);
    expect(totals).toEqual([]);
    const after = await Promise.all(files.map(file => stat(join(store, file), { bigint: true })));
    expect(after.map(({ mtimeNs }) => mtimeNs)).toEqual(before.map(({ mtimeNs }) => mtimeNs));

    const [gone] = files.filter((_, i) => i === 4);
    await rm(join(store, gone));
    totals = [];
    const third = await compareCandidates(data, candidates, { ...options, ...watch });
    expect(totals).toEqual([18]);
    expect(third.map(({ scores, queries }) => ({ scores, queries }))).toEqual(
      first.map(({ scores, queries }) => ({ scores, queries })),
    );
    const renamed = candidates.map(one => ({ ...one, name: `my ${one.name}` }));
    totals = [];
    await compareCandidates(data, renamed, { ...options, ...watch });
    expect(totals).toEqual([]); // a name decides nothing
    const other = candidates.map((one, i) =>
      i === 0 ? { ...one, ranking: { ranking: "features", expansion: { neighbours: 2 } } as const } : one,
    );
    await compareCandidates(data, other, { ...options, ...watch });
    expect(totals).toEqual([16, 17, 18]);
  }, 60_000);

  it("goes on after it was stopped", async () => {
    const store = join(folder, "stopped");
    const stop = new AbortController();
    const onProgress = ({ task, done }: { task: string; done: number }) => {
      if (task === "folds" && done === 3) stop.abort(new Error("enough"));
    };
    const work = compareCandidates(data, candidates, { of: 3, store, signal: stop.signal, workers: 1, onProgress });
    await expect(work).rejects.toThrow("enough");
    expect((await readdir(store)).length).toBeGreaterThanOrEqual(3);
    const whole = await compareCandidates(data, candidates, { of: 3, store });
    const fresh = await compareCandidates(data, candidates, { of: 3, store: join(folder, "fresh") });
    expect(whole.map(({ scores }) => scores)).toEqual(fresh.map(({ scores }) => scores));
  }, 60_000);

  it.each<[string, Candidate[]]>([
    ["nothing to choose from", [candidates[0]]],
    ["two candidates are called", [candidates[0], candidates[0]]],
    ["asks for features that are not there", [candidates[0], { ...candidates[0], name: "b", features: "plane" }]],
    ["ranks codes and learns none", [candidates[0], { name: "b", ranking: { ranking: "hamming" } }]],
    ["has no such ranking", [candidates[0], { name: "b", ranking: { ranking: "cosin" as "cosine" } }]],
    ["has a field that is none", [candidates[0], { ...candidates[0], name: "b", witen: 3 } as Candidate]],
    [
      'expected "alpha"',
      [
        candidates[0],
        { name: "b", ranking: { ranking: "features", expansion: { neighbours: 3, alpah: 3 } } } as Candidate,
      ],
    ],
    [
      'expected "k1"',
      [candidates[0], { name: "b", ranking: { ranking: "features", reciprocal: { k: 5 } } } as Candidate],
    ],
    [
      'the candidate "b": no such k-reciprocal',
      [candidates[0], { name: "b", ranking: { ranking: "features", reciprocal: { k1: 0 } } }],
    ],
    [
      'the candidate "b": no such query expansion',
      [candidates[0], { name: "b", ranking: { ranking: "features", expansion: { neighbours: 0 } } }],
    ],
    ["cannot be whitened so", [candidates[0], { ...candidates[0], name: "b", whiten: 0.5 }]],
    ["has codes of nothing", [candidates[0], { ...candidates[0], name: "b", codes: "itq" }]],
    ["cannot have so many bits", [candidates[0], { ...candidates[1], training: dch, codes: "itq", codeBits: 4096 }]],
    ["turns what is fitted already", [candidates[0], { ...candidates[3], codes: "itq" }]],
  ])("says of candidates: %s", async (message, wrong) => {
    await expect(compareCandidates(data, wrong, { store: join(folder, "none") })).rejects.toThrow(message);
  });
});

describe("chooseCandidate and submitChoice", () => {
  it("take the best over folds like the test, answer it, and say why", async () => {
    const test = toyChallenge({ products: 4, each: 6, seed: 2 });
    const ids = test.dataset.ids.map((id, row) => `${row < 8 ? "query" : "gallery"}/${id.slice(id.indexOf("/") + 1)}`);
    const study = {
      ...data,
      test: challengeSet({ ...test.dataset, ids }),
      testFeatureSets: { plain: { features: test.features } },
    };
    const choice = await chooseCandidate(study, candidates, { store: join(folder, "choice") });
    expect(choice.folds).toMatchObject({ of: 3, products: { labelled: 12, test: 4 }, byRole: false });
    const means = choice.compared.ways.map(({ score }) => score.mean);
    expect(means[choice.chosen]).toBe(Math.max(...means));
    expect(choice.candidate).toBe(candidates[choice.chosen]);
    expect(choice.predicted).toMatchObject({ products: 4, productsKnown: true });
    expect(choice.narrowed).toEqual([]);
    expect(choice.why.at(-1)).toMatch(
      /^For a test of 4 such products, whose queries and gallery are pictures mixed like/,
    );
    expect(choice.why[1]).toContain(`**${choice.candidate.name}** is taken by the rule "best"`);
    const rows = choiceRows(choice);
    expect(rows.map(row => row.taken).filter(mark => mark !== "")).toEqual(["✓"]);
    expect(rows[choice.chosen].taken).toBe("✓");

    registerKnownDisplays();
    const shown = (await displayOf(choice)).data;
    expect(shown["text/plain"]).toMatch(/^candidate +score.*cosine .*is taken by the rule "best"/s);
    for (const { name } of candidates) expect(shown["text/html"]).toContain(name);

    const file = join(folder, "submission.csv");
    const submitted = await submitChoice(study, choice, { file });
    expect(submitted.judged.valid).toBe(true);
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(9);
    const { score } = submitted.judged.score!;
    expect(submitted.onTest!.ways[1].score.mean).toBeCloseTo(score, 12);
    const { low, high } = choice.predicted;
    expect(submitted.asPredicted).toBe(score >= low && score <= high);
    expect(submittedSentences(submitted)[0]).toContain("is a valid submission");
    const told = (await displayOf(submitted)).data;
    expect(told["text/plain"]).toMatch(/^Submission.*submission\.csv.*is a valid submission.*On the test part/s);
    expect(told["text/html"]).toContain("<");
    expect(await readSubmissionNote(file)).toEqual({ seen: [], unchecked: [] });
    const record = await readChoiceRecord(submitted.record);
    expect(record).toMatchObject({ kind: "challenge-choice", chosen: choice.candidate.name, why: choice.why });
    expect(record.candidates.map(({ candidate }) => candidate)).toEqual(JSON.parse(JSON.stringify(candidates)));
  }, 60_000);

  it("have defaults that can be compared", async () => {
    const list = challengeCandidates({ bits: 8, values: 8, epochs: 1, whiten: 6, products: 12 });
    expect(JSON.parse(JSON.stringify(list))).toEqual(list);
    const results = await compareCandidates(data, list, { of: 2, store: join(folder, "default") });
    expect(results).toHaveLength(list.length);
  }, 60_000);
});
