/** Where rows are added. */
interface RowPlace {
  /** Length of a row of the source. */
  readonly dim: number;
  /** What each row of length 1 is multiplied by. */
  readonly weight: number;
  /** Length of a row of the target. Default `dim`. */
  readonly stride?: number;
  /** Where in a row of the target that of the source begins. Default 0. */
  readonly offset?: number;
}

/**
 * Adds rows, each made of length 1 and weighed, to the rows of an array; a row of zeros stays one. In double precision.
 * @param target (rows, stride), changed
 * @param source (rows, dim)
 */
export function addUnitRows(
  target: Float32Array,
  source: Float32Array,
  { dim, weight, stride = dim, offset = 0 }: RowPlace,
): void {
  for (let row = 0; row < source.length / dim; row++) {
    let squares = 0;
    for (let at = row * dim; at < (row + 1) * dim; at++) squares += source[at] * source[at];
    const scale = squares === 0 ? 0 : weight / Math.sqrt(squares);
    const [from, to] = [row * dim, row * stride + offset];
    for (let i = 0; i < dim; i++) target[to + i] += source[from + i] * scale;
  }
}
