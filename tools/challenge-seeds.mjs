// Several drawings of the sample, each answered as notebook 6 does: candidates compared over folds of the labelled
// products, the one taken submitted, both judged on the test part. Does what was chosen beat cosine there, and does the
// score lie where the folds predicted it?
//
//   npm run build && node tools/challenge-seeds.mjs --folder /tmp/challenge-seeds [--seeds 0,1,2,3,4] [--epochs 60] [--json FILE]
//
// Drawings, features and finished folds stay in the folder, so that a run that was killed goes on. About two minutes a seed
// on two cores.
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    folder: { type: "string" },
    seeds: { type: "string", default: "0,1,2,3,4" },
    epochs: { type: "string", default: "60" },
    json: { type: "string" },
  },
});
if (values.folder === undefined) throw new Error("--folder is missing: where drawings and features are kept");
const folder = resolve(values.folder);
process.env.HASHBOOK_HOME = folder;
const hb = await import("../lib/index.js");
const { makeDigixSample } = await import("../lib/digix-sample/generate.js");

const shown = value => value.toFixed(3);
const rows = [];
for (const seed of values.seeds.split(",").map(Number)) {
  const root = join(folder, `drawing-${seed}`);
  if (!existsSync(join(root, "sample.json"))) await makeDigixSample(root, { seed });
  const challenge = await hb.openChallenge({ root });
  const candidates = hb.challengeCandidates({ epochs: Number(values.epochs) });
  const choice = await hb.chooseCandidate(challenge, candidates, { store: join(folder, `folds-${seed}`) });
  const file = join(folder, `submission-${seed}.csv`);
  const { judged, onTest, asPredicted } = await hb.submitChoice(challenge, choice, { file });
  const [cosine, taken = cosine] = onTest.ways;
  const { low, high } = choice.predicted;
  const { difference } = taken;
  rows.push({
    seed,
    taken: choice.candidate.name,
    cosine: cosine.score.mean,
    score: judged.score.score,
    difference,
    predicted: [low, high],
    asPredicted,
    candidates: hb.choiceRows(choice),
  });
  process.stdout.write(
    `| ${seed} | ${choice.candidate.name} | ${shown(cosine.score.mean)} | ${shown(judged.score.score)} | ` +
      `${shown(difference.value)} (${shown(difference.low)} to ${shown(difference.high)}) | ` +
      `${shown(low)} to ${shown(high)} | ${asPredicted ? "yes" : "no"} |\n`,
  );
}
const ahead = rows.filter(({ difference }) => difference.low > 0).length;
const within = rows.filter(({ asPredicted }) => asPredicted).length;
process.stdout.write(
  `ahead of cosine by more than the interval in ${ahead} of ${rows.length} drawings; within the predicted interval in ${within}\n`,
);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 1)}\n`);
