// The process in which `doctor` tries what loads drivers: `node doctor-child.js "engine webgpu"`. The last line of its
// stdout is the answer; what the libraries print is nobody's.
import type { EngineName } from "../compute/engine.js";
import type { Choice, Probed } from "./doctor-probe.js";

async function choose(what: string): Promise<Choice> {
  if (what === "rankings") {
    const { chooseRanking, measuringWork } = await import("../ranking/choose-ranking.js");
    const { backend, reason } = await chooseRanking({ work: measuringWork() });
    const { name, description } = backend;
    backend.close();
    return { name, description, reason };
  }
  const { chooseEngine } = await import("../compute/engine.js");
  const [, engine] = what.split("engine ");
  const chosen = await chooseEngine(engine === undefined ? {} : { engine: engine as EngineName });
  return { name: chosen.engine.name, description: chosen.engine.description, reason: chosen.reason };
}

/** The part of a library's error that says something, without its source file and condition. */
function readable(message: string): string {
  return message.split("\n")[0].replace(/\/onnxruntime_src\/\S+:\d+ .* was false\. /, "");
}

const answer: Probed = await choose(process.argv[2]).catch(error => ({ failure: readable((error as Error).message) }));
process.stdout.write(`\n${JSON.stringify(answer)}\n`, () => process.exit(0));
