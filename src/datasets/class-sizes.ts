/** How many images classes have. Classes without images are counted apart. */
export interface ClassSizes {
  /** Classes that have images. */
  readonly classes: number;
  /** Classes that have none. */
  readonly empty: number;
  /** Least, first quartile, median, third quartile, most (linear interpolation); empty when no class has images. */
  readonly quartiles: readonly number[];
  /** Classes with `from` to `to` images, both included: ten bins of equal width at most, those without classes too. */
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly classes: number }[];
}

const BINS = 10;

/** @param counts images of each class */
export function classSizes(counts: readonly number[]): ClassSizes {
  const sizes = counts.filter(count => count > 0).sort((a, b) => a - b);
  const empty = counts.length - sizes.length;
  if (sizes.length === 0) return { classes: 0, empty, quartiles: [], histogram: [] };
  const quartiles = [0, 0.25, 0.5, 0.75, 1].map(part => {
    const at = part * (sizes.length - 1);
    const below = Math.floor(at);
    return sizes[below] + (at - below) * (sizes[Math.ceil(at)] - sizes[below]);
  });
  const [least, most] = [sizes[0], sizes[sizes.length - 1]];
  const width = Math.ceil((most - least + 1) / BINS);
  const bins = Math.ceil((most - least + 1) / width);
  const histogram = Array.from({ length: bins }, (_, bin) => ({
    from: least + bin * width,
    to: least + (bin + 1) * width - 1,
    classes: sizes.filter(size => Math.floor((size - least) / width) === bin).length,
  }));
  return { classes: sizes.length, empty, quartiles, histogram };
}
