import { readStoredCodes } from "../codes/codes-file.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import { checkCodesOf, readCodesSidecar } from "../features/codes-sidecar.js";
import type { HashModel } from "../hashing/hash-model.js";
import { checkMadeBy } from "../hashing/model-hash.js";
import type { OpenedData } from "./opened-data.js";

/**
 * Reads codes of all rows of the data.
 * @param model its folder
 * @throws {InputError} when the codes are of another model or other items
 */
export async function readCodesOf(
  file: string,
  model: string,
  { identity, place }: OpenedData,
  hashModel: HashModel,
): Promise<PackedCodes> {
  const sidecar = await readCodesSidecar(file);
  if (sidecar !== undefined) {
    checkCodesOf(file, sidecar, identity, place);
    await checkMadeBy(file, sidecar.model.hash, model);
  }
  const bits = "encode" in hashModel ? hashModel.bits : hashModel.config.bits;
  const { codes } = await readStoredCodes(file, { bits });
  if (codes.count === identity.rows && codes.bits === bits) return codes;
  throw new InputError("these are not the codes of this data", {
    file,
    expected: `${identity.rows} codes of ${bits} bits, a row for each of ${place}`,
    actual: `${codes.count} of ${codes.bits} bits`,
  });
}
