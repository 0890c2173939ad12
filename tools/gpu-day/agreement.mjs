// Whether an engine computes what the compiled one on the processor does: node agreement.mjs ENGINE.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packedCodes } from "../../lib/codes/packed-codes.js";
import { openEngine } from "../../lib/compute/engine.js";
import { chooseRanking } from "../../lib/ranking/choose-ranking.js";
import { mixed, mixedCodes } from "./mixed.mjs";
import { mixedImages, NETWORKS, networkProgram, openNetwork } from "./networks.mjs";
import { attempt, SETTINGS } from "./part.mjs";
import { openSteps } from "./steps.mjs";

const IMAGES = 2;
/** The largest differences that pass, of the largest value (features, losses) or of the cosine from 1 (16 bits). */
const LIMITS = { fp32: 1e-4, fp16: 1e-2, losses: 1e-3, ranking: 0 };

const [name] = process.argv.slice(2);
const reference = await openEngine({ engine: "cpu" });
const engine = name === "cpu" ? reference : await openEngine({ engine: name });
const row = work => ({ table: "agreement", work, candidate: `hashbook ${name}` });

function difference(a, b) {
  const largest = Math.max(...Array.from(a, Math.abs));
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]))) / largest;
}

/** 1 − the smallest cosine of two matrices' rows. */
function fromOne(a, b) {
  const dim = a.length / IMAGES;
  const cosines = Array.from({ length: IMAGES }, (_, image) => {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = image * dim; i < (image + 1) * dim; i++) {
      [ab, aa, bb] = [ab + a[i] * b[i], aa + a[i] ** 2, bb + b[i] ** 2];
    }
    return ab / Math.sqrt(aa * bb);
  });
  return 1 - Math.min(...cosines);
}

function judged(value, limit, unit) {
  if (value <= limit) return { value, unit };
  return { value, unit, fault: `more than ${limit}` };
}

async function features(on, backbone, precision) {
  const program = await networkProgram(on, backbone, { batch: IMAGES, precision });
  const { features } = await program.run({ images: mixedImages(backbone, IMAGES) });
  await program.dispose();
  return features.data;
}

async function networks() {
  for (const network of NETWORKS) {
    const backbone = await openNetwork(network);
    const expected = await features(reference, backbone, "fp32");
    // PyTorch's part compares itself with these.
    writeFileSync(join(SETTINGS.folder, `${network}.f32`), new Uint8Array(expected.buffer));
    await attempt(row(`${network} fp32`), async () =>
      judged(difference(expected, await features(engine, backbone, "fp32")), LIMITS.fp32, "of the largest feature"),
    );
    if (engine.kind !== "compiled") continue;
    await attempt(row(`${network} fp16`), async () =>
      judged(fromOne(expected, await features(engine, backbone, "fp16")), LIMITS.fp16, "1 − cosine"),
    );
  }
}

async function losses(on, method) {
  const training = await openSteps(on, method);
  const values = await training.run(SETTINGS.small ? 5 : 30);
  await training.dispose();
  return values;
}

async function rankings(backendName) {
  const [queries, count] = SETTINGS.small ? [3, 2000] : [20, 20_000];
  const labels = Int32Array.from({ length: count }, (_, i) => mixed(i) % 10);
  const sides = {
    queries: { codes: packedCodes(mixedCodes(queries, 7), 64), labels: labels.slice(0, queries) },
    database: { codes: packedCodes(mixedCodes(count, 0), 64), labels },
  };
  const [a, b] = await Promise.all([ranked("wasm", sides), ranked(backendName, sides)]);
  return judged(a.filter((value, i) => value !== b[i]).length, LIMITS.ranking, "values that differ");
}

/** All that a backend says of two sides, in one list. */
async function ranked(backendName, sides) {
  const { backend } = await chooseRanking({ backend: backendName });
  const { indices, distances } = await backend.nearest(sides, { k: 50 });
  const values = [...indices.data, ...distances.data];
  for await (const { groups, relevantRanks } of backend.rankings(sides)) {
    values.push(...groups.sizes, ...groups.relevant, ...relevantRanks);
  }
  backend.close();
  return values;
}

await networks();
for (const method of ["hashnet", "dch"]) {
  await attempt(row(`${method}, losses of steps`), async () =>
    judged(
      difference(await losses(reference, method), await losses(engine, method)),
      LIMITS.losses,
      "of the largest loss",
    ),
  );
}
if (name === "webgpu") await attempt(row("ranking, codes and labels"), () => rankings("webgpu"));
process.exit(0); // a device that was opened keeps the process
