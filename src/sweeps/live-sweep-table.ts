import { duration } from "../core/progress.js";
import { shownNumber } from "../core/shown-number.js";
import { methodOf } from "../methods/known-methods.js";
import { liveTable } from "../notebook/live-table.js";
import type { CellState, SweepState } from "./sweep-options.js";

/** Shows where a sweep is: a table in the cell or on the terminal, or lines of a log file. */
export interface LiveSweepTable {
  readonly show: (state: SweepState) => void;
  /** What became of it. @param interrupted whether it is to be gone on with */
  finish(state: SweepState, interrupted: boolean): void;
}

/** Failed runs that are named while others run. */
const MOST_NAMED = 5;

/** A table of methods by bits that fills while a sweep runs. */
export function liveSweepTable(): LiveSweepTable {
  const table = liveTable();
  const told = new Set<string>();
  return {
    show(state) {
      for (const cell of state.cells) {
        if ((cell.state !== "done" && cell.state !== "failed") || told.has(cell.name)) continue;
        told.add(cell.name);
        table.tell(`${placeText(state)} ${cellLine(cell)}${leftText(state)}`);
      }
      table.show(() => ({ title: sweepTitle(state), rows: sweepRows(state), notes: sweepNotes(state) }));
    },
    finish(state, interrupted) {
      table.finish([finishedText(state, interrupted), ...failureLines(state, Number.POSITIVE_INFINITY)]);
    },
  };
}

/** `14 of 24 runs, 2 running, 1 failed; 3 min 20 s left`. */
export function sweepTitle(state: SweepState): string {
  const { done, running, failed } = countsOf(state);
  const parts = [
    `${done} of ${state.cells.length} runs`,
    running > 0 && `${running} running`,
    failed > 0 && `${failed} failed`,
  ];
  return `${parts.filter(Boolean).join(", ")}; ${duration(state.seconds)} so far${leftText(state)}`;
}

/** A row for each method with its settings, a column for each length: how many seeds are done, and their mean mAP. */
export function sweepRows({ cells }: SweepState): Readonly<Record<string, string>>[] {
  const columns = [...new Set(cells.map(({ settings }) => settings.bits))].sort((a, b) => a - b);
  const rows = new Map<string, CellState[]>();
  for (const cell of cells) rows.set(rowName(cell), [...(rows.get(rowName(cell)) ?? []), cell]);
  return [...rows].map(([method, own]) => ({
    method,
    ...Object.fromEntries(
      columns.map(bits => [`${bits} bits`, placeOf(own.filter(({ settings }) => settings.bits === bits))]),
    ),
  }));
}

function sweepNotes({ cells, ...state }: SweepState): string[] {
  const noted = cells.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`]));
  return [...noted.slice(0, MOST_NAMED), ...failureLines({ cells, ...state }, MOST_NAMED)];
}

/** What becomes of the runs of one method, settings and length: `2/3 · 0.812 · epoch 4/30`. */
function placeOf(cells: readonly CellState[]): string {
  if (cells.length === 0) return "";
  const done = cells.flatMap(cell => (cell.state === "done" ? [cell] : []));
  const running = cells.flatMap(cell => (cell.state === "running" ? [cell] : []));
  const failed = cells.filter(({ state }) => state === "failed").length;
  const parts = [
    cells.length > 1 ? `${done.length}/${cells.length}` : "",
    meanText(
      done.flatMap(({ mAP }) => mAP ?? []),
      "",
    ),
    done.some(({ mAP }) => mAP !== undefined)
      ? ""
      : meanText(
          done.flatMap(({ validationMAP }) => validationMAP ?? []),
          "validation ",
        ),
    running.map(({ epoch, epochs }) => (epochs === 0 ? "fits" : `epoch ${epoch}/${epochs}`)).join(", "),
    failed > 0 ? `${failed} failed` : "",
  ].filter(part => part !== "");
  return parts.length === 0 ? "waits" : parts.join(" · ");
}

function meanText(values: readonly number[], what: string): string {
  if (values.length === 0) return "";
  return `${what}${shownNumber(values.reduce((sum, value) => sum + value, 0) / values.length)}`;
}

/** `DCH`, `DCH gamma=5`: the settings as the run's name has them. */
function rowName({ name, settings: { method, bits, seed = 0 } }: CellState): string {
  const { name: methodName, title } = methodOf(method);
  const apart = name.slice(`${methodName}-${bits}-s${seed}`.length).replace(/^-/, "");
  return apart === "" ? title : `${title} ${apart}`;
}

/** One run that is over, for a log file. */
function cellLine(cell: Extract<CellState, { state: "done" | "failed" }>): string {
  switch (cell.state) {
    case "failed":
      return `${cell.name} failed: ${cell.message}`;
    case "done": {
      const { name, mAP, validationMAP, cached, seconds, note } = cell;
      const figure = mAP === undefined ? validationMAP : mAP;
      const what = mAP === undefined ? "validation mAP" : "mAP";
      const parts = [
        figure !== undefined && `${what} ${shownNumber(figure)}`,
        cached ? "was there" : duration(seconds),
        note,
      ];
      return `${name}: ${parts.filter(Boolean).join(", ")}`;
    }
  }
}

function placeText(state: SweepState): string {
  const { done, failed } = countsOf(state);
  return `${done + failed}/${state.cells.length}`;
}

function leftText({ secondsLeft }: SweepState): string {
  return secondsLeft === undefined || secondsLeft === 0 ? "" : `; ${duration(secondsLeft)} left`;
}

function finishedText(state: SweepState, interrupted: boolean): string {
  const { done, failed } = countsOf(state);
  const cached = state.cells.filter(cell => cell.state === "done" && cell.cached).length;
  const parts = [
    `${done} of ${state.cells.length} runs${cached > 0 ? ` (${cached} were there)` : ""} in ${duration(state.seconds)}`,
    failed > 0 && `${failed} failed`,
    interrupted && "interrupted: the same again goes on",
  ];
  return parts.filter(Boolean).join("; ");
}

/** The runs that failed, and why: faults of one kind have one line. */
function failureLines({ cells }: SweepState, most: number): string[] {
  const names = new Map<string, string[]>();
  for (const cell of cells) {
    if (cell.state === "failed") names.set(cell.message, [...(names.get(cell.message) ?? []), cell.name]);
  }
  const lines = [...names].map(([message, of]) => {
    const others = of.length > 1 ? ` and ${of.length - 1} more` : "";
    return `failed: ${of[0]}${others}: ${message}`;
  });
  return lines.slice(0, most);
}

function countsOf({ cells }: SweepState): Readonly<Record<CellState["state"], number>> {
  const counts = { waiting: 0, running: 0, done: 0, failed: 0 };
  for (const { state } of cells) counts[state]++;
  return counts;
}
