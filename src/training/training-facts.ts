import { createHash } from "node:crypto";
import type { TypedArray } from "../core/arrays.js";
import type { TrainingData } from "./training-data.js";
import type { TrainingPlan } from "./training-plan.js";

/** What shaped a training, by name: settings by their path ("optimizer.kind"), the engine, and digests of the data. */
export type TrainingFacts = Readonly<Record<string, string | number | boolean | null>>;

/** Rows of features in their digest: a message needs to tell that they are others, the key tells to the last bit. */
const DIGESTED_ROWS = 500;

const CODE = "code of the method";

/** The facts of a training, for the message that a checkpoint is of another one. @param engine its name */
export function trainingFacts({ config, source }: TrainingPlan, data: TrainingData, engine: string): TrainingFacts {
  const { features, labels, train, validation } = data;
  return {
    ...flatten(config),
    engine,
    features: `(${features.shape.join(", ")}), SHA-256 ${digestOf(...someRows(features))} of some rows`,
    labels: `SHA-256 ${digestOf(labels instanceof Int32Array ? labels : labels.words)}`,
    "rows trained on": `${train.length}, SHA-256 ${digestOf(train)}`,
    "rows to validate with":
      validation === undefined ? "none" : `SHA-256 ${digestOf(validation.query, validation.database)}`,
    [CODE]: `SHA-256 ${digestOf(Buffer.from(source))}`,
  };
}

/** Rows evenly far apart, the first among them; views. */
function someRows({ data, shape: [n, dim] }: TrainingData["features"]): Float32Array[] {
  const apart = Math.max(1, Math.floor(n / DIGESTED_ROWS));
  return Array.from({ length: Math.ceil(n / apart) }, (_, i) => data.subarray(i * apart * dim, (i * apart + 1) * dim));
}

/**
 * The facts that differ, in words; empty where none does. Those that only one of the two has follow from others, as the
 * options of a method from the method: they are named where nothing else differs.
 */
export function differences(stored: TrainingFacts, asked: TrainingFacts): string[] {
  const names = [...new Set([...Object.keys(stored), ...Object.keys(asked)])];
  const differing = names.filter(name => stored[name] !== asked[name]);
  const inBoth = differing.filter(name => name in stored && name in asked);
  const causes = inBoth.filter(name => name !== CODE || stored.method === asked.method);
  return (causes.length > 0 ? causes : differing).map(
    name => `${name}: ${showFact(stored[name])} there, ${showFact(asked[name])} asked for`,
  );
}

function showFact(value: TrainingFacts[string] | undefined): string {
  return value === undefined ? "nothing" : String(value);
}

function flatten(value: object, path = ""): Record<string, string | number | boolean | null> {
  const entries = Object.entries(value).flatMap(([name, one]: [string, unknown]) => {
    if (typeof one === "object" && one !== null && !Array.isArray(one)) {
      return Object.entries(flatten(one, `${path}${name}.`));
    }
    const plain = one === null || ["string", "number", "boolean"].includes(typeof one);
    return [[`${path}${name}`, plain ? one : (JSON.stringify(one) ?? null)]];
  });
  return Object.fromEntries(entries);
}

/** The first twelve hexadecimal digits of SHA-256. */
function digestOf(...arrays: TypedArray[]): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of arrays) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest("hex").slice(0, 12);
}
