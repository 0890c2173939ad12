import { UsageError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import type { RankingName } from "./ranking-backend.js";

/** What HASHBOOK_RANKING and `--ranking` may say: "auto", or the name of a backend. */
export type RankingRequest = RankingName | "auto";

export const RANKING_REQUESTS: readonly RankingRequest[] = ["auto", "wasm", "webgpu", "matmul", "reference"];

/** What is asked for, and by whom. */
export interface AskedRanking {
  readonly name: RankingRequest;
  readonly byEnvironment: boolean;
}

/**
 * What is to rank by Hamming distance: what the caller asks for, else the environment variable HASHBOOK_RANKING, else "auto".
 * @throws {UsageError} for an unknown name
 */
export function askedRanking(asked?: string): AskedRanking {
  const fromEnvironment = process.env.HASHBOOK_RANKING || undefined;
  const name = asked ?? fromEnvironment ?? "auto";
  const known = RANKING_REQUESTS.find(request => request === name);
  if (known !== undefined) return { name: known, byEnvironment: asked === undefined && fromEnvironment !== undefined };
  throw new UsageError(`unknown ranking backend "${name}"`, { expected: knownNames(name, RANKING_REQUESTS) });
}
