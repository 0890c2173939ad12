import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runInProcess } from "./in-process.js";

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
const kept = { home: process.env.HASHBOOK_HOME, path: process.env.PATH };
const pictures = (): string[] => ["extract", "--dataset", at("pictures"), "--engine", "cpu"];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-cluster-"));
  process.env.HASHBOOK_HOME = at("home");
  mkdirSync(at("pictures", "a"), { recursive: true });
  for (const name of ["0.png", "1.png"]) {
    await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } }).toFile(at("pictures", "a", name));
  }
  mkdirSync(at("bin"));
  program("squeue", "exit 0");
  program(
    "sbatch",
    'echo "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified" >&2; exit 1',
  );
  writeFileSync(
    at("cluster.json"),
    JSON.stringify({ account: "lab", cpus: 8, setup: ["module load nodejs"], container: "hb:1" }),
  );
});
afterAll(() => {
  process.exitCode = undefined;
  process.env.PATH = kept.path;
  if (kept.home === undefined) delete process.env.HASHBOOK_HOME;
  else process.env.HASHBOOK_HOME = kept.home;
  rmSync(folder, { recursive: true });
});

function program(name: string, text: string): void {
  writeFileSync(at("bin", name), `#!/bin/bash\n${text}\n`);
  chmodSync(at("bin", name), 0o755);
}

async function refused(...args: readonly string[]): Promise<readonly [number, string]> {
  const { code, stderr } = await runInProcess(...args);
  return [code, stderr];
}

describe("flags of a cluster", () => {
  it.each([
    ["--cpus without a cluster", ["--cpus", "4"], "--cpus goes with --on slurm or --print"],
    ["--no-follow without a cluster", ["--no-follow"], "--no-follow goes with --on slurm or --print"],
    ["an unknown cluster", ["--on", "pbs"], "Allowed choices are slurm"],
    ["no --shards", ["--on", "slurm", "--out", "x"], "needs --shards, and --out"],
    ["--shard beside them", ["--on", "slurm", "--out", "x", "--shard", "1/2"], "leave it out on a cluster"],
    ["a size that is none", ["--memory", "8 GB"], "Expected a number of MiB, or one with K, M, G or T: 8G."],
    ["a time that is none", ["--time", "2h"], "Expected minutes, hours:minutes:seconds, or days-hours"],
    ["a volume that is none", ["--volume", "data"], "Expected claim:/path"],
    ["an option that is the scripts' own", ["--sbatch=--array=1-1"], "the scripts have their own --job-name, --array"],
    [
      "an option that is none",
      ["--sbatch", "constraint=avx512"],
      "Expected an option of sbatch as --constraint=avx512",
    ],
    ["a shard list alone", ["--shard-list", "x"], "--shard-list is of --shard"],
    ["no image", ["--print", "kubernetes", "--out", "x", "--shards", "2"], "needs an image that has hashbook"],
  ])("refuse %s", async (_, flags, says) => {
    const [code, stderr] = await refused(...pictures(), ...flags);
    expect(stderr).toContain(says);
    expect(code).toBe(2);
  });

  it("refuse more parts than there are images, and a part on a cluster", async () => {
    const more = await refused(...pictures(), "--out", at("o"), "--on", "slurm", "--shards", "3");
    expect(more).toEqual([2, expect.stringContaining("more --shards than images; expected up to 2; found 3")]);
    const both = ["sweep", "--data", "x", "-m", "method=lsh", "bits=8", "--shard", "1/2", "--collect"];
    expect(await refused(...both)).toEqual([2, expect.stringContaining("--shard and --collect do not go together")]);
  });
});

describe("extract --print", () => {
  const printed = async (...flags: string[]): Promise<string> => {
    const { code, stdout } = await runInProcess(...pictures(), "--out", "o", "--shards", "2", ...flags);
    expect(code).toBe(0);
    return stdout;
  };

  it("prints a script that calls this hashbook with the words of the command, without those of the cluster", async () => {
    const text = await printed(
      "--print",
      "--cluster",
      at("cluster.json"),
      "--cpus",
      "2",
      "--sbatch=--constraint=avx512",
    );
    expect(text).toContain(
      `/bin/hashbook.js extract --dataset ${at("pictures")} --engine cpu --out o --shard "$i/$n" --threads "$cores" ||`,
    );
    expect(text).toContain("/bin/hashbook.js features merge o ||");
    for (const line of ["--account=lab", "--cpus-per-task=2", "--constraint=avx512"])
      expect(text).toContain(`#SBATCH ${line}\n`);
    expect(text).toContain(`export HASHBOOK_HOME=${at("home")}\n`);
    expect(text).toContain("\ncores=2\n");
    expect(text).toContain("\nmodule load nodejs\n");
  });

  it("writes nothing into a script that grants access", async () => {
    const access = { HASHBOOK_GALLERY_TOKEN: "s3cret", HASHBOOK_MY_PASSWORD: "s3cret", HASHBOOK_WAIT: "60" };
    Object.assign(process.env, access);
    try {
      const text = await printed("--print");
      expect(text).not.toContain("s3cret");
      expect(text).toContain("export HASHBOOK_WAIT=60\n");
    } finally {
      for (const name of Object.keys(access)) delete process.env[name];
    }
  });

  it("refuses what is in no volume, and a dataset that is not there", async () => {
    const manifest = ["--shards", "2", "--out", "/data/o", "--print", "kubernetes", "--container", "hb:1"];
    const [code, stderr] = await refused(...pictures(), ...manifest, "--volume", "p:/data");
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/--dataset is in no volume of the pods; .*volumes: p:\/data; found .*pictures/),
    ]);
    const nowhere = ["extract", "--dataset", at("nowhere"), "--shards", "2", "--out", "o", "--print"];
    expect(await refused(...nowhere)).toEqual([1, expect.stringMatching(/nowhere: there is no dataset of this name/)]);
    const data = ["sweep", "--data", "x", "-m", "method=lsh", "bits=8"];
    expect((await refused(...data, "--print", "kubernetes", "--container", "hb:1"))[0]).not.toBe(0);
  });

  it("prints a manifest of Kubernetes, and JSON", async () => {
    const volume = ["--volume", `work:${process.cwd()}`];
    const text = await printed(
      "--print",
      "kubernetes",
      "--cluster",
      at("cluster.json"),
      ...volume,
      "--node-root",
      "$TMPDIR/x",
    );
    expect(text).toMatch(
      /^# note: no lists of shards .*each task opens the whole dataset, and \$TMPDIR\/x was not looked at\n# kubectl apply -f FILE\n# until .*\n# kubectl wait .*\n# kubectl get .*\napiVersion: "batch\/v1"\nkind: "Job"\n/,
    );
    const document = JSON.parse(
      await printed("--print", "kubernetes", "--container", "hb:2", ...volume, "--json", "--node-root", "$TMPDIR/x"),
    );
    const [{ spec }] = document.items;
    expect(spec.template.spec.containers[0].command[2]).toContain(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
      'extract --engine cpu --out o --shard "$i/$n" --dataset "${TMPDIR}/x"',
    );
    const slurm = JSON.parse(await printed("--print", "slurm", "--json"));
    expect(slurm.after.sbatch).toEqual(["--dependency=afterok:ARRAY", "--kill-on-invalid-dep=yes"]);
  });
});

it.each([
  [{ sbatch: ["--exclusive", "-J x"] }, /settings\.json: "sbatch" cannot be this; .*found --exclusive, -J x\n$/],
  [
    { volumes: [{ claim: "pictures", path: "data" }] },
    /"volumes" cannot be this; expected claim:\/path.*found pictures:data\n$/,
  ],
])("settings that would be refused later, or lose the tasks, are refused: %j", async (settings, says) => {
  writeFileSync(at("settings.json"), JSON.stringify(settings));
  const flags = ["--out", "o", "--shards", "2", "--print", "--cluster", at("settings.json")];
  expect(await refused(...pictures(), ...flags)).toEqual([1, expect.stringMatching(says)]);
});

describe("sweep --print", () => {
  /** A dataset by its name, whose features are made the first time. */
  const study = (...words: string[]) => [
    ...["sweep", "--dataset", "fashion-mnist-10k", "--smoke", "-m", ...words],
    ...["bits=8", "seed=0..3", "--shards", "2", "--print"],
  ];

  it("prints tasks of a dataset, in the home of the call, and a collection that says by its exit code what failed", async () => {
    const home = process.env.HASHBOOK_HOME;
    const { code, stdout } = await runInProcess(...study("method=lsh"));
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /hashbook\.js sweep --dataset fashion-mnist-10k --smoke -m method=lsh bits=8 seed=0\.\.3 --name \S+ --workers "\$cores" --shard "\$i\/\$n" \|\|/,
    );
    expect(stdout).toMatch(/ --workers "\$cores" --collect --failed-exit 3 \|\|/);
    expect(stdout.match(new RegExp(`^export HASHBOOK_HOME=${home}$`, "gm"))).toHaveLength(2);
  });

  it("refuses methods and metrics that are in no volume", async () => {
    writeFileSync(
      at("mine.mjs"),
      'export default ({ defineMethod }) => defineMethod({ name: "mine", loss: () => {} });',
    );
    writeFileSync(
      at("metric.mjs"),
      'export default ({ defineMetric }) => defineMetric({ name: "m", definition: "m", perQuery: () => 0 });',
    );
    const kubernetes = ["kubernetes", "--container", "hb:1", "--volume", `home:${at("home")}`];
    const found = async (words: string[], ...flags: string[]) =>
      (await refused(...study(...words), ...kubernetes, ...flags))[1];
    expect(await found([`method=${at("mine.mjs")}`])).toMatch(/a method of -m or --file is in no volume.*mine\.mjs\n$/);
    expect(await found(["method=lsh"], "--metric", at("metric.mjs"))).toMatch(
      /--metric is in no volume.*metric\.mjs\n$/,
    );
    expect(await found(["method=lsh"], "--csv", "t.csv")).toMatch(/--csv is relative to a folder that is in no volume/);
  });
});

describe("--on slurm", () => {
  const submit = (...flags: string[]) =>
    refused(...pictures(), "--out", at("o"), "--on", "slurm", "--shards", "2", ...flags);

  it("says that there is no Slurm, and what refuses a job says", async () => {
    process.env.PATH = "/nowhere";
    const none = await submit();
    expect(none).toEqual([
      1,
      expect.stringMatching(/squeue, a command of Slurm, cannot be run here; expected .*or --print/),
    ]);
    process.env.PATH = `${at("bin")}:${kept.path}`;
    const [code, stderr] = await submit();
    expect(stderr).toMatch(
      /task\.sh: Slurm refuses the job; expected another --partition \(asked for: the cluster's default\), or another --account \(asked for: the user's own\); found Batch job submission failed: Invalid account or account\/partition combination specified\n$/,
    );
    expect(code).toBe(1);
    program("sbatch", 'echo "sbatch: error: CPU count per node can not be satisfied" >&2; exit 1');
    expect((await submit("--cpus", "3"))[1]).toMatch(/expected fewer --cpus \(asked for: 3 a task\); found CPU count/);
    program("sbatch", 'echo "sbatch: error: QOS" >&2; exit 1');
    expect((await submit())[1]).toMatch(/expected other settings \(--account, --partition, .*\); found QOS/);
  });

  it("has nothing to follow before it was submitted", async () => {
    process.env.PATH = `${at("bin")}:${kept.path}`;
    expect(await submit("--follow")).toEqual([1, expect.stringContaining("the same command without --follow first")]);
  });

  it("follows what has left the queue without saying that it is there, or how long it took", async () => {
    process.env.PATH = `${at("bin")}:${kept.path}`;
    program("sbatch", "echo 7");
    expect((await submit("--no-follow"))[0]).toBe(0);
    for (const name of ["1", "2", "merge"]) writeFileSync(at("o", "cluster", "marks", `${name}.exit`), "1\n");
    renameSync(at("pictures"), at("elsewhere")); // to follow nobody looks at the pictures
    const [code, stderr] = await submit("--follow").finally(() => renameSync(at("elsewhere"), at("pictures")));
    expect(stderr).toMatch(
      /^no longer in the queue: tasks as job 7, merge as job 7; logs in .*\nextract 0\/2 images, .*2 failed\n/,
    );
    expect(stderr).not.toMatch(/ in \d/);
    expect(code).toBe(1);
  });

  it("finds nothing done of images that have come since, and none of another network", async () => {
    process.env.PATH = `${at("bin")}:${kept.path}`;
    program("sbatch", "echo 7");
    const local = (...flags: string[]) => runInProcess(...pictures(), "--out", at("p"), ...flags);
    for (const shard of ["1/2", "2/2"]) expect((await local("--shard", shard)).code).toBe(0);
    expect((await runInProcess("features", "merge", at("p"))).code).toBe(0);
    const again = (...flags: string[]) =>
      refused(...pictures(), "--out", at("p"), "--on", "slurm", "--shards", "2", "--no-follow", ...flags);
    expect((await again())[0]).toBe(0);
    expect(await again("--size", "64")).toEqual([
      1,
      expect.stringMatching(/p\/manifest\.json: the folder holds features made in another way; .*others by preproc/),
    ]);
    await sharp({ create: { width: 9, height: 9, channels: 3, background: "blue" } }).toFile(at("pictures/a/2.png"));
    expect(await again()).toEqual([1, expect.stringMatching(/others by contentHash \(\w+, not \w+\)/)]);
    rmSync(at("pictures/a/2.png"));
  });
});
