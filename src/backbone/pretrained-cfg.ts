// What a model's makers say of how it wants its images, in the words of timm.
import { InputError } from "../core/errors.js";
import { isPlainObject, shownValue } from "../core/shown-value.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import { checkedSettings } from "../images/preprocessing-settings.js";

/** timm's name of each setting. */
const NAMES: Readonly<Record<string, keyof PreprocessingSettings>> = {
  mean: "mean",
  std: "std",
  input_size: "size",
  crop_pct: "cropShare",
  interpolation: "interpolation",
  crop_mode: "cropMode",
};

/** Whether a document says anything of the kind: a `pretrained_cfg`, a `config.json` that holds one, or its entries. */
export function isPretrainedCfg(value: unknown): value is Readonly<Record<string, unknown>> {
  return isPlainObject(value) && Object.keys(entriesOf(value)).some(name => Object.hasOwn(NAMES, name));
}

/**
 * The settings that a `pretrained_cfg` of timm holds: mean, std, input_size (channels, height, width), crop_pct,
 * interpolation, crop_mode. What else is in it is not looked at, and null is nothing.
 * @param file where it was read, for messages
 * @param known settings that are known otherwise, and not read here
 * @throws {InputError} for a value that cannot be followed
 */
export function settingsOfPretrainedCfg(
  value: Readonly<Record<string, unknown>>,
  file: string,
  known: PreprocessingSettings = {},
): PreprocessingSettings {
  const given = Object.entries(entriesOf(value)).filter(
    ([name, one]) => Object.hasOwn(NAMES, name) && one !== null && known[NAMES[name]] === undefined,
  );
  const settings = Object.fromEntries(
    given.map(([name, one]) => [NAMES[name], name === "input_size" ? sideOf(one, file) : one]),
  );
  return checkedSettings(settings, { file });
}

function entriesOf(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return isPlainObject(value.pretrained_cfg) ? value.pretrained_cfg : value;
}

function sideOf(value: unknown, file: string): unknown {
  if (!Array.isArray(value)) return value;
  const [channels, height, width] = value;
  if (value.length === 3 && channels === 3 && height === width) return height;
  throw new InputError("the model wants images of another form", {
    file,
    expected: '"input_size" to be [3, side, side]',
    actual: shownValue(value),
  });
}
