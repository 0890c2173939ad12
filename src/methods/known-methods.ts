import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { arcface } from "./arcface.js";
import { arcfaceTriplet } from "./arcface-triplet.js";
import { checkMethod } from "./check-method.js";
import { csq } from "./csq.js";
import { dch } from "./dch.js";
import { dhn } from "./dhn.js";
import { dpsh } from "./dpsh.js";
import { dtsh } from "./dtsh.js";
import { greedyhash } from "./greedyhash.js";
import { hashnet } from "./hashnet.js";
import { itq } from "./itq.js";
import { lsh } from "./lsh.js";
import type { AnyOptions, Method, TrainedMethod } from "./method.js";
import { orthohash } from "./orthohash.js";
import { pcah } from "./pcah.js";
import { predictedClass } from "./predicted-class.js";
import { spectral } from "./spectral.js";
import { triplet } from "./triplet.js";

/** The methods that are found by their names, in the order of tables. To add one, add a line. */
export const METHODS: readonly Method[] = [
  hashnet,
  dch,
  dpsh,
  dhn,
  dtsh,
  csq,
  orthohash,
  greedyhash,
  arcface,
  triplet,
  arcfaceTriplet,
  lsh,
  pcah,
  itq,
  spectral,
  predictedClass,
];

/** Names of {@link METHODS}. */
export const METHOD_NAMES: readonly string[] = METHODS.map(({ name }) => name);

/**
 * The method of a name; a method itself is given back.
 * @throws {InputError} for an unknown name, with the nearest known one, and for what is no method
 */
export function methodOf(method: string | Method): Method {
  if (typeof method !== "string") {
    if (!METHODS.includes(method)) checkOwn(method);
    return method;
  }
  const found = METHODS.find(({ name }) => name === method);
  if (found !== undefined) return found;
  throw new InputError(`there is no method "${method}"`, {
    expected: `${knownNames(method, METHOD_NAMES)}; or a method of your own, from defineMethod`,
  });
}

/** One's own method, which may not have gone through defineMethod. */
function checkOwn(method: Method): void {
  const kind = checkMethod(method, METHOD_NAMES);
  if (method.kind === kind && method.options !== undefined) return;
  throw new InputError(`the method "${method.name}" is not complete`, { expected: "what defineMethod makes of it" });
}

/**
 * As {@link methodOf}, for what trains.
 * @throws {InputError} for an unknown name, or a method that is fitted
 */
export function trainedMethodOf(method: string | Method): TrainedMethod<AnyOptions> {
  const found = methodOf(method);
  if (found.kind === "trained") return found;
  const trained = METHODS.filter(({ kind }) => kind === "trained").map(({ name }) => name);
  throw new InputError(`${found.name} has no loss, so it cannot be trained`, {
    expected: `runExperiment, which fits it; or one of ${trained.join(", ")}`,
  });
}
