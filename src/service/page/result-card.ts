import type { Answer, Example, Result } from "./answers.js";
import { drawCode } from "./code-drawing.js";
import { element, spokenOnly } from "./element.js";
import { galleryPicture } from "./gallery-picture.js";
import { isRight, listing, plural } from "./sentences.js";

/** What a card needs beside what it shows. */
export interface CardSetting {
  /** The address of a search by a row of the gallery. */
  address(row: number): string;
}

/** One picture found, as a link to the search by it. @param rank from 1 */
export function resultCard(result: Result, rank: number, answer: Answer, setting: CardSetting): HTMLLIElement {
  const link = element(
    "a",
    { href: setting.address(result.row), "data-search": true },
    element(
      "span",
      { class: "place" },
      element("span", { class: "rank" }, spokenOnly("Place "), `${rank}`),
      spokenOnly(": "),
      element("span", { class: "distance" }, distanceOf(result)),
    ),
    galleryPicture(result.image),
    classesOf(result, isRight(result, answer)),
    source(result),
    result.code === undefined ? undefined : drawCode(result.code, answer.query.code),
    element("span", { class: "also" }),
  );
  return element("li", { class: "card", "data-row": result.row }, link);
}

/** One picture to start from. */
export function exampleCard(example: Example, setting: CardSetting): HTMLLIElement {
  const link = element(
    "a",
    { href: setting.address(example.row), "data-search": true },
    galleryPicture(example.image),
    classesOf(example, undefined),
    source(example),
  );
  return element("li", { class: "card", "data-row": example.row }, link);
}

/** The classes, with a sign and words for whether one is the query's; `right` is undefined when that is not known. */
function classesOf({ classes }: Example, right: boolean | undefined): HTMLElement {
  const words = classes.length === 0 ? "no class" : listing(classes);
  const line = element("span", { class: "classes", title: words });
  if (right !== undefined) {
    const sign = element("span", { class: "sign", "aria-hidden": "true" }, right ? "✓" : "✗");
    line.classList.add(right ? "right" : "wrong");
    line.append(sign, spokenOnly(right ? "the query's class: " : "another class: "));
  }
  line.append(element("span", { class: "name", dir: "auto" }, words));
  return line;
}

function distanceOf({ distance, score }: Result): string {
  const bits = plural(distance, "bit");
  return score === undefined || score === null ? bits : `${shortNumber(score)} · ${bits}`;
}

/** A score of any order: three digits say enough to compare with its neighbours. */
function shortNumber(value: number): string {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : `${Number(value.toPrecision(3))}`;
}

function source({ id, product }: Example): HTMLElement {
  const words = product === undefined || product === null ? id : `${product} · ${id}`;
  return element("span", { class: "source", title: words, dir: "auto" }, words);
}
