import { InputError } from "../core/errors.js";
import type { Figure } from "../plots/figure.js";
import type { FigureOptions } from "../plots/figure-layout.js";
import { metricBySettingFigure } from "../plots/metric-by-setting.js";
import type { SettingEffect } from "./setting-effects.js";

/** Which effect is drawn. */
export interface EffectFigureOptions extends FigureOptions {
  /** `bits`, or a setting by its dotted name. */
  readonly setting: string;
  readonly measure: string;
}

/**
 * A measure over the values of a setting, mean and deviation over seeds; a line for each method and choice of the other
 * settings that vary.
 * @throws {InputError} when the setting was not varied, or not judged by that measure
 */
export function effectFigure(
  effects: readonly SettingEffect[],
  { setting, measure, ...options }: EffectFigureOptions,
): Figure {
  const drawn = effects.filter(effect => effect.setting === setting && effect.measure === measure);
  if (drawn.length === 0) {
    const there = [...new Set(effects.map(effect => `${effect.setting} by ${effect.measure}`))];
    throw new InputError(`there is no effect of ${setting} on ${measure} to draw`, { expected: there.join(", ") });
  }
  const points = drawn.flatMap(({ title, colour, points }) =>
    points.map(({ value, others, mean, deviation }) => ({
      method: others === "" ? title : `${title}, ${others}`,
      ...(colour === undefined ? {} : { colour }),
      ...{ value, mean, deviation },
    })),
  );
  return metricBySettingFigure(points, { setting, metric: measure, ...options });
}
