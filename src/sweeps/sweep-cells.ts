import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import type { NumberOption, OptionsSchema } from "../core/options.js";
import { boundsOf, checkedOptions } from "../core/options.js";
import { shownValue } from "../core/shown-value.js";
import { classesToLearn, settingsOf } from "../experiments/baseline-settings.js";
import { trainingDataOf } from "../experiments/computation.js";
import type { ExperimentData } from "../experiments/experiment-data.js";
import type { Method } from "../methods/method.js";
import { methodOptions } from "../methods/method-options.js";
import { mergedConfig } from "../training/config-file.js";
import { fitConfig } from "../training/fit-method.js";
import { PAPER, presetConfig, presetOf } from "../training/presets.js";
import type { TrainConfig, TrainSettings } from "../training/train-config.js";
import { TRAINING_OPTIONS, trainConfig } from "../training/train-config.js";
import { checkTraining } from "../training/training-data.js";
import type { Choice } from "./choose-settings.js";
import { choicesOf } from "./choose-settings.js";
import type { NamedSettings } from "./run-name.js";
import { runName, settingsApart, settingsText } from "./run-name.js";
import type { Axis } from "./sweep-axes.js";
import { axesOf } from "./sweep-axes.js";
import type { SweepCell, SweepDefinition } from "./sweep-options.js";
import type { SweptMethod } from "./swept-method.js";

/** A run that is asked for, with all that it is made by. */
export interface PlannedCell extends SweepCell {
  readonly of: SweptMethod;
  readonly seed: number;
  /** What of its settings differs from the method's defaults, in words: `gamma=5`; empty for the defaults. */
  readonly apart: string;
}

/** One place of the grid. */
interface Place {
  readonly bits: number;
  readonly seed: number;
}

/** Runs of one study at most: more is a wrong number. */
const MOST_CELLS = 100_000;

/**
 * The runs of a study, each with all its settings decided, by method, bits, settings and seed in the order given. All of
 * them are checked: the last is not refused when the first are trained.
 * @param data by which bits that follow from its classes are decided. Default: bits as they are given
 * @throws {InputError} for settings that a method does not have, or that are out of bounds
 */
export function sweepCells(
  methods: readonly SweptMethod[],
  definition: SweepDefinition,
  data?: ExperimentData,
): PlannedCell[] {
  const { seeds = [0] } = definition;
  const bits = checkedNumbers("bits", definition.bits, TRAINING_OPTIONS.bits);
  checkedNumbers("seeds", seeds, TRAINING_OPTIONS.seed);
  checkNames(methods, definition);
  const grid = bits.flatMap(length => seeds.map(seed => ({ bits: length, seed })));
  const cells = new Map<string, PlannedCell>();
  for (const of of methods) {
    const { method } = of;
    const axes = axesOf(method, definition);
    const choices = choicesOf(axes, method.name, definition.random);
    checkCount(methods.length * grid.length * choices.length);
    const settle = settlerOf(method, axes, definition.presets?.[method.name]);
    const settled = choices.map(settle);
    const places: readonly Place[] = data === undefined ? grid : settingsOf(data, method, { bits, seeds });
    for (const length of new Set(places.map(place => place.bits))) {
      for (const { settings, apart } of settled) {
        for (const { seed } of places.filter(place => place.bits === length)) {
          const name = runName({ method: method.name, bits: length, seed }, apart);
          // Values that come to the same are one run.
          cells.set(name, {
            name,
            settings: { ...settings, bits: length, seed },
            of,
            seed,
            apart: settingsText(apart),
          });
        }
      }
    }
  }
  return [...cells.values()];
}

/** Settings, complete, and what of them differs from the method's defaults. */
interface SettledChoice {
  readonly settings: Omit<TrainSettings, "bits" | "seed">;
  readonly apart: ReturnType<typeof settingsApart>;
}

/** Nothing of a method's settings follows from its bits or its seed, so they are settled once for all of them. */
const ANY_BITS = 8;

/** @param preset that the choices of a method change. Default: the method's defaults */
function settlerOf(method: Method, axes: readonly Axis[], preset: string = PAPER): (choice: Choice) => SettledChoice {
  switch (method.kind) {
    case "trained": {
      const base = presetConfig(preset, method, ANY_BITS);
      const defaults = asNamed(trainConfig(method, ANY_BITS));
      return choice => {
        const options = nestedSettings(axes, choice, "method");
        const settings = mergedConfig(base, { ...nestedSettings(axes, choice, "training"), options });
        return { settings, apart: settingsApart(asNamed(settings), defaults) };
      };
    }
    case "fitted": {
      presetOf(preset, method);
      const settingsOfFit = (training: object, options: object): Omit<TrainSettings, "bits" | "seed"> => ({
        method,
        ...checkedOptions<Pick<TrainConfig, "unlabelled">>(OF_FITS, training),
        options: methodOptions(method, options) as NamedSettings["options"],
      });
      const defaults = asNamed(settingsOfFit({}, {}));
      return choice => {
        const [training, own] = (["training", "method"] as const).map(of => nestedSettings(axes, choice, of));
        const settings = settingsOfFit(training, own);
        return { settings, apart: settingsApart(asNamed(settings), defaults) };
      };
    }
  }
}

/** What a fit has of the settings of all trainings. */
const OF_FITS: OptionsSchema<Pick<TrainConfig, "unlabelled">> = { unlabelled: TRAINING_OPTIONS.unlabelled };

function asNamed(settings: object): NamedSettings {
  return settings as unknown as NamedSettings;
}

/** Values under their dotted names as groups: `{ optimizer: { kind: "adamw" } }`. */
function nestedSettings(axes: readonly Axis[], choice: Choice, of: Axis["of"]): Record<string, unknown> {
  const nested: Record<string, unknown> = {};
  for (const [i, axis] of axes.entries()) {
    if (axis.of !== of) continue;
    let group = nested;
    for (const name of axis.path.slice(0, -1)) {
      group[name] = { ...(group[name] as object) };
      group = group[name] as Record<string, unknown>;
    }
    group[axis.path[axis.path.length - 1]] = choice[i];
  }
  return nested;
}

/**
 * Whether the data has what the methods of a study learn from: asked once a method, since all numbers are looked at.
 * @throws {InputError} when it has not
 */
export function checkCellsWithData(data: ExperimentData, cells: readonly PlannedCell[]): void {
  const methods = new Set<Method>();
  for (const { of, settings } of cells) {
    const { method } = of;
    if (methods.has(method)) continue;
    methods.add(method);
    if (method.kind === "trained") checkTraining(trainingDataOf(data), settings as TrainConfig);
    else if (method.learnsFrom === "classes") {
      const { unlabelled: _, ...fit } = settings;
      fitConfig({ ...fit, method }, classesToLearn(data));
    }
  }
}

/** @param option what each of them must be */
function checkedNumbers(name: string, values: readonly number[], option: NumberOption): readonly number[] {
  if (!Array.isArray(values) || values.length === 0) {
    throw new InputError(`a study needs ${name}`, {
      expected: `a list of whole numbers as "${name}"`,
      actual: shownValue(values),
    });
  }
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = option;
  const wrong = values.find(value => !(Number.isSafeInteger(value) && value >= minimum && value <= maximum));
  if (wrong === undefined) return [...new Set(values)];
  throw new InputError(`${name} cannot be this`, { expected: boundsOf(option), actual: shownValue(wrong) });
}

/** A slip in a method's name would leave its options out in silence. */
function checkNames(methods: readonly SweptMethod[], { options = {}, presets = {} }: SweepDefinition): void {
  const known = methods.map(({ method }) => method.name);
  for (const [what, group] of Object.entries({ options, presets })) {
    const stray = Object.keys(group).find(name => !known.includes(name));
    if (stray === undefined) continue;
    throw new InputError(`${what} are given for "${stray}", which is no method of the study`, {
      expected: knownNames(stray, known),
    });
  }
}

function checkCount(count: number): void {
  if (count <= MOST_CELLS) return;
  throw new InputError("these are too many runs for one study", {
    expected: `${MOST_CELLS} at most; or a random choice`,
    actual: `${count}`,
  });
}
