// Images a second: node images.mjs ENGINE NETWORK PRECISION. Pixels go to the device and features come back in each call.
import { openEngine } from "../../lib/compute/engine.js";
import { mixedImages, networkProgram, openNetwork } from "./networks.mjs";
import { attempt, SETTINGS, time } from "./part.mjs";

const [engineName, name, precision] = process.argv.slice(2);
const batches = SETTINGS.small ? [2] : engineName === "cpu" ? [8] : [8, 32, 128];

const engine = await openEngine({ engine: engineName });
const backbone = await openNetwork(name);
for (const batch of batches) {
  const row = { table: "images", work: `${name} ${precision}, batch ${batch}`, candidate: `hashbook ${engineName}` };
  await attempt(row, async () => {
    const program = await networkProgram(engine, backbone, { batch, precision });
    const images = mixedImages(backbone, batch);
    const { median, first, calls } = await time(() => program.run({ images }));
    await program.dispose();
    const note = `${calls} calls, the first ${(first / 1000).toFixed(1)} s`;
    return { value: (1000 * batch) / median, unit: "images/s", note };
  });
}
