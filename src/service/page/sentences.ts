// What the page says about a search, in words.
import type { Answer, Model, Order, Result, Seconds } from "./answers.js";

const ORDERS: Readonly<Record<Order, string>> = {
  hamming: "Hamming distance",
  asymmetric: "Relaxed code (asymmetric)",
  cosine: "Features (cosine), re-ranked",
};

/** The title of an order; one that this page does not know has its name. */
export function orderTitle(order: Order): string {
  return ORDERS[order] ?? order;
}

/** `9,000` */
export function count(value: number): string {
  return value.toLocaleString("en");
}

/** `1 picture`, `20 pictures` */
export function plural(value: number, one: string, many: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c` */
export function listing(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

/** `34 ms`, `1.2 s`, `< 0.1 ms`: what a time is, to about two digits. */
export function duration(seconds: number): string {
  if (seconds >= 0.9995) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  const milliseconds = seconds * 1000;
  if (milliseconds > 0 && milliseconds < 0.05) return "< 0.1 ms";
  return `${milliseconds < 9.95 ? milliseconds.toFixed(1).replace(/\.0$/, "") : milliseconds.toFixed(0)} ms`;
}

/** What the service says, as a sentence: its messages begin small and end without a stop, as lines of a log. */
export function sentence(words: string): string {
  const capital = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** `24 MB`: a number of bytes as people count them. */
export function size(bytes: number): string {
  if (bytes < 1000) return plural(bytes, "byte");
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : value.toFixed(0)} ${unit}`;
}

/** All that a search took. */
export function totalSeconds({ wait, decode, network, head, rank }: Seconds): number {
  return wait + decode + network + head + rank;
}

/** Whether a result has a class of the query's; undefined when the query's are not known. */
export function isRight(result: Pick<Result, "classes">, { query }: Answer): boolean | undefined {
  const known = query.classes ?? [];
  return known.length === 0 ? undefined : result.classes.some(name => known.includes(name));
}

/** What was found, in one sentence: how many, and how many of them of the query's class. */
export function foundSentence(answer: Answer, model: Model): string {
  const { results, query, radius } = answer;
  if (results.length === 0) {
    return radius === undefined || radius === null
      ? "Nothing was found: the gallery holds no other picture."
      : radius === 0
        ? `No other picture has the same code by ${model.title}. Widen the radius.`
        : `No picture lies within ${plural(radius, "bit")} by ${model.title}. Widen the radius.`;
  }
  const right = results.filter(result => isRight(result, answer) === true).length;
  const judged = (query.classes ?? []).length > 0;
  const found = plural(results.length, "picture");
  return judged ? `${found}, ${count(right)} of the query's class.` : `${found}.`;
}

/** What is said of pictures as near as the last one shown. */
export interface TiesWords {
  /** How many there are, and how many are shown. */
  readonly said: string;
  /** Which of them are shown, and what would tell them apart. */
  readonly more: string;
}

/** That more pictures are as near as the last one shown; undefined where all of them are shown, or it is not known. */
export function tiesWords({ ties, results }: Answer, { orders }: Model): TiesWords | undefined {
  const last = results.at(-1);
  if (!ties || last?.distance !== ties.distance) return undefined;
  const shown = results.filter(({ distance }) => distance === ties.distance).length;
  if (ties.count <= shown) return undefined;
  const tie = `${plural(ties.count, "picture")} tie at ${plural(ties.distance, "bit")}`;
  const [verb, first] = shown === 1 ? ["is", "This one comes"] : ["are", "These come"];
  return {
    said: `${tie}; ${count(shown)} of them ${verb} shown.`,
    more: `${first} first in the gallery.${finerOrder(ties.distance, orders)}`,
  };
}

/** What goes further than a distance at which many lie. @param distance 0: their codes are one and the same */
function finerOrder(distance: number, orders: readonly Order[]): string {
  if (orders.includes("cosine")) return ` The order "${orderTitle("cosine")}" looks at more than codes.`;
  if (!orders.includes("asymmetric") || distance === 0) return "";
  return ` The order "${orderTitle("asymmetric")}" tells those apart whose codes differ.`;
}

/** Share of the gallery's own that may be as unlike the rest as a picture before that is said of it. */
const RARE = 0.01;

/** That a picture is of another kind than the gallery's; undefined where it is not, or that is not known. */
export function unlikeSentence({ likeness }: Answer): string | undefined {
  if (!likeness || likeness.below + 1 > RARE * (likeness.sample + 1)) return undefined;
  const { cosine, usual } = likeness;
  const own = `99 in 100 of the gallery's own have a likest with ${twoDigits(usual)} or more`;
  return `This may be of another kind than the gallery's pictures: the likest of them has a cosine of features of ${twoDigits(cosine)}; ${own}.`;
}

/** A cosine. */
const twoDigits = (value: number): string => (Math.round(100 * value) / 100 + 0).toFixed(2).replace("-", "−");

/** How many pictures of the gallery lie within the radius; undefined where none was asked for, or nothing was found. */
export function withinSentence({ radius, within, results }: Answer): string | undefined {
  if (radius === undefined || radius === null || results.length === 0) return undefined;
  // An engine that holds the codes may know no more than that a list is full.
  const isKnown = within !== undefined && within !== null;
  const pictures = isKnown ? plural(within, "picture") : `At least ${plural(results.length, "picture")}`;
  return radius === 0
    ? `${pictures} with the very same code (radius 0)`
    : `${pictures} within ${plural(radius, "bit")}`;
}
