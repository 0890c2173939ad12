// Milliseconds a training step: node training.mjs ENGINE.
import { openEngine } from "../../lib/compute/engine.js";
import { stepsACall } from "../../lib/training/steps-a-call.js";
import { attempt, SETTINGS, time } from "./part.mjs";
import { openSteps } from "./steps.mjs";

const [engineName] = process.argv.slice(2);
const engine = await openEngine({ engine: engineName });
const steps = SETTINGS.small ? 2 : stepsACall(128, 2048 * 256 + 256 * 48);
for (const method of ["hashnet", "dch"]) {
  const work = `${method} step, batch 128, 2048→256→48, Adam`;
  await attempt({ table: "training", work, candidate: `hashbook ${engineName}` }, async () => {
    const training = await openSteps(engine, method);
    const { median, first } = await time(() => training.run(steps));
    await training.dispose();
    return {
      value: median / steps,
      unit: "ms/step",
      note: `${steps} steps a call, the first call ${(first / 1000).toFixed(1)} s`,
    };
  });
}
