import type { Candidate } from "../challenge/candidate.js";
import { RANKING_NAMES } from "../challenge/ranking-name.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, listOf, NUMBER, objectOf, TEXT } from "../core/json-schema.js";

const EXPANSION: JsonSchema = objectOf({ neighbours: COUNT }, { alpha: NUMBER });

const CANDIDATES_JSON: JsonFileKind<{ readonly candidates: readonly Candidate[] }> = {
  what: "candidates: an object with a list of { name, ranking, … }",
  schema: objectOf({
    candidates: listOf(
      objectOf(
        {
          name: { type: "string", minLength: 1, description: "a name" },
          ranking: objectOf(
            { ranking: { enum: RANKING_NAMES } },
            {
              shortlist: COUNT,
              augmentation: EXPANSION,
              expansion: EXPANSION,
              reciprocal: objectOf({}, { k1: COUNT, k2: COUNT, lambda: NUMBER }),
            },
          ),
        },
        {
          features: TEXT,
          whiten: COUNT,
          training: objectOf({ method: TEXT, bits: COUNT }),
          codes: { enum: ["sign", "itq"] },
          codeBits: COUNT,
        },
      ),
    ),
  }),
};

/**
 * Candidates of a file: `{ "candidates": [{ "name": "cosine", "ranking": { "ranking": "features" } }, …] }`. What they ask
 * for is checked when they are compared.
 * @throws {InputError} when it is no such file
 */
export async function readCandidates(file: string): Promise<readonly Candidate[]> {
  return (await readJsonFile(file, CANDIDATES_JSON)).candidates;
}
