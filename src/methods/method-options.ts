import { InputError } from "../core/errors.js";
import type { OptionsOrigin } from "../core/options.js";
import { checkedOptions } from "../core/options.js";
import { shownValue } from "../core/shown-value.js";
import type { AnyOptions, Method } from "./method.js";

/**
 * A method's own options as they were given, checked, with defaults for those that were not.
 * @throws {InputError} naming the option, its value and its bounds, or what it does not go with
 */
export function methodOptions(method: Method, given: unknown, { file }: OptionsOrigin = {}): AnyOptions {
  const { name } = method;
  const options = checkedOptions<AnyOptions>(method.options, given, { file, of: name });
  const conflict = method.conflict?.(options);
  if (conflict === undefined) return options;
  const { option, expected } = conflict;
  const actual = shownValue(options[option]);
  throw new InputError(`the option "${name}.${option}" cannot be this`, { file, expected, actual });
}
