import type { Service } from "./answers.js";
import { byId } from "./element.js";
import { NumberPair } from "./number-pair.js";
import { comparableSide, firstSearch, longestCode, type Search } from "./search.js";
import { count, plural } from "./sentences.js";
import { SidePicker } from "./side-picker.js";

/** Largest k of the slider; its number field goes on to what the service allows. */
const SLIDER_K = 100;
/** Milliseconds without a change after which a slider has come to rest. */
const REST = 180;

type Change = Pick<Search, "sides" | "k" | "radius">;

/** The form that says by which model, in which order, how many and how near. */
export class SettingsForm {
  private readonly first = new SidePicker("model", "order");
  private readonly second = new SidePicker("compare-model", "compare-order");
  private readonly compare = byId("compare", HTMLInputElement);
  private readonly compared = byId("compared", HTMLElement);
  private readonly k = new NumberPair("k-slider", "k");
  private readonly radius = new NumberPair("radius-slider", "radius");
  private readonly limit = byId("radius-limit", HTMLElement);
  private search: Search | undefined;
  private rest: ReturnType<typeof setTimeout> | undefined;

  /** @param onChange is told the search as the form has it now, once a slider rests */
  constructor(
    private readonly service: Service,
    private readonly onChange: (change: Change) => void,
  ) {
    byId("comparing", HTMLElement).hidden = comparableSide(service, firstSearch(service).sides[0]) === undefined;
    this.first.offer(service.models);
    this.second.offer(service.models);
    const form = byId("settings", HTMLFormElement);
    form.addEventListener("submit", event => event.preventDefault());
    form.addEventListener("change", event => {
      if (!this.read(event.target) && this.search !== undefined) this.show(this.search);
    });
    form.addEventListener("input", event => this.slide(event.target));
  }

  /** Shows a search's settings. */
  show(search: Search): void {
    this.search = search;
    const [side, compared] = search.sides;
    this.first.show(this.service.models, side);
    this.compare.checked = compared !== undefined;
    this.compared.hidden = compared === undefined;
    if (compared !== undefined) this.second.show(this.service.models, compared);
    const { k } = this.service.limits;
    byId("k-limit", HTMLElement).textContent = `at most ${count(k)}`;
    this.k.show(search.k, { least: 1, most: k, slider: Math.min(k, SLIDER_K) });
    const bits = longestCode(this.service, search);
    this.radius.show(Math.min(search.radius ?? bits, bits), { least: 0, most: bits, slider: bits });
    const radius = search.radius ?? bits;
    this.limit.textContent =
      radius === 0
        ? "no bit may differ"
        : radius < bits
          ? `at most ${plural(radius, "bit")} may differ`
          : "any number of bits may differ";
  }

  /** A slider moves: its number follows at once, the search when it rests. */
  private slide(moved: EventTarget | null): void {
    const pair = [this.k, this.radius].find(each => each.holds(moved));
    if (pair === undefined) return;
    pair.follow(moved);
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.read(moved), REST);
  }

  /** @returns whether something else is asked for than what is shown */
  private read(changed: EventTarget | null): boolean {
    if (this.search === undefined) return false;
    clearTimeout(this.rest);
    const side = this.first.read(this.service.models);
    const wanted = this.compare.checked;
    const known = changed === this.compare ? comparableSide(this.service, side) : this.second.read(this.service.models);
    const sides: Search["sides"] = wanted && known !== undefined ? [side, known] : [side];
    const before = this.search;
    const bits = longestCode(this.service, { ...before, sides });
    const radius = this.radius.value ?? before.radius ?? bits;
    // A slider at its end stays there when a longer code comes in.
    const isUnlimited = radius >= longestCode(this.service, before);
    const change = { sides, k: this.k.value ?? before.k, radius: isUnlimited || radius >= bits ? undefined : radius };
    if (isSame(change, before)) return false;
    this.onChange(change);
    return true;
  }
}

function isSame(change: Change, { sides, k, radius }: Search): boolean {
  return JSON.stringify([change.sides, change.k, change.radius]) === JSON.stringify([sides, k, radius]);
}
