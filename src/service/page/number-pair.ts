import { byId } from "./element.js";

/** A slider and a field for the same whole number. */
export class NumberPair {
  private readonly slider: HTMLInputElement;
  private readonly field: HTMLInputElement;

  constructor(slider: string, field: string) {
    this.slider = byId(slider, HTMLInputElement);
    this.field = byId(field, HTMLInputElement);
  }

  holds(target: EventTarget | null): boolean {
    return target === this.slider || target === this.field;
  }

  show(value: number, { least, most, slider }: { least: number; most: number; slider: number }): void {
    for (const input of [this.slider, this.field]) input.min = `${least}`;
    this.slider.max = `${slider}`;
    this.field.max = `${most}`;
    this.slider.value = `${value}`;
    this.field.value = `${value}`;
  }

  follow(moved: EventTarget | null): void {
    if (moved === this.slider) this.field.value = this.slider.value;
    else if (this.value !== undefined) this.slider.value = this.field.value;
  }

  /** What lies beyond the bounds is their end; undefined for what is no whole number. */
  get value(): number | undefined {
    const value = this.field.valueAsNumber;
    if (!Number.isInteger(value)) return undefined;
    return Math.min(Math.max(value, Number(this.field.min)), Number(this.field.max));
  }
}
