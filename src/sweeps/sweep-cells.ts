import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { shownValue } from "../core/shown-value.js";
import { classesToLearn, settingsOf } from "../experiments/baseline-settings.js";
import { trainingDataOf } from "../experiments/computation.js";
import type { ExperimentData } from "../experiments/experiment-data.js";
import type { Method } from "../methods/method.js";
import { methodOptions } from "../methods/method-options.js";
import { mergedConfig } from "../training/config-file.js";
import type { FitSettings } from "../training/fit-method.js";
import { fitConfig } from "../training/fit-method.js";
import { PAPER, presetConfig, presetOf } from "../training/presets.js";
import type { TrainConfig, TrainSettings } from "../training/train-config.js";
import { trainConfig } from "../training/train-config.js";
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
  const bits = checkedNumbers("bits", definition.bits);
  checkedNumbers("seeds", seeds);
  checkNames(methods, definition);
  const grid = bits.flatMap(length => seeds.map(seed => ({ bits: length, seed })));
  const cells = new Map<string, PlannedCell>();
  for (const of of methods) {
    const { method } = of;
    const axes = axesOf(method, definition);
    const choices = choicesOf(axes, method.name, definition.random);
    checkCount(methods.length * bits.length * seeds.length * choices.length);
    const places = data === undefined ? grid : settingsOf(data, method, { bits, seeds });
    for (const length of new Set(places.map(place => place.bits))) {
      for (const choice of choices) {
        for (const place of places.filter(one => one.bits === length)) {
          const cell = cellOf(of, place, { axes, choice, preset: definition.presets?.[method.name] });
          cells.set(cell.name, cell); // values that come to the same are one run
        }
      }
    }
  }
  return [...cells.values()];
}

function cellOf(of: SweptMethod, place: Place, chosen: ChosenSettings): PlannedCell {
  const { method } = of;
  const { settings, defaults } =
    method.kind === "trained" ? trainedCell(method, place, chosen) : fittedCell(method, place, chosen);
  const apart = settingsApart(settings as unknown as NamedSettings, defaults);
  const name = runName({ ...place, method: method.name }, apart);
  return { name, settings, of, seed: place.seed, apart: settingsText(apart) };
}

interface ChosenSettings {
  readonly axes: readonly Axis[];
  readonly choice: Choice;
  /** Default: the defaults of the method. */
  readonly preset?: string;
}

/** What cells are named by, beside what they are made with. */
interface SettledCell {
  readonly settings: TrainSettings;
  readonly defaults: NamedSettings;
}

function trainedCell(
  method: Method,
  { bits, seed }: Place,
  { axes, choice, preset = PAPER }: ChosenSettings,
): SettledCell {
  const training = nestedSettings(axes, choice, "training");
  const options = nestedSettings(axes, choice, "method");
  const settings: TrainConfig = mergedConfig(presetConfig(preset, method, bits), { ...training, seed, options });
  return { settings, defaults: trainConfig(method, bits) as unknown as NamedSettings };
}

function fittedCell(
  method: Method,
  { bits, seed }: Place,
  { axes, choice, preset = PAPER }: ChosenSettings,
): SettledCell {
  presetOf(preset, method);
  const options = methodOptions(method, nestedSettings(axes, choice, "method")) as Readonly<Record<string, unknown>>;
  const { unlabelled = "drop" } = nestedSettings(axes, choice, "training") as Pick<TrainSettings, "unlabelled">;
  const defaults = { options: methodOptions(method, {}) as Readonly<Record<string, unknown>>, unlabelled: "drop" };
  const settings = { method, bits, seed, options };
  fitConfig(settings as FitSettings);
  return { settings: { ...settings, unlabelled }, defaults };
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

function checkedNumbers(name: string, values: readonly number[]): readonly number[] {
  const isRight = Array.isArray(values) && values.length > 0 && values.every(value => Number.isSafeInteger(value));
  if (isRight) return [...new Set(values)];
  throw new InputError(`a study needs ${name}`, {
    expected: `a list of whole numbers as "${name}"`,
    actual: shownValue(values),
  });
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
