import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { squaredLengths } from "../features/nearest-vectors.js";
import type { VectorProducts } from "../features/vector-products.js";
import { evenBlock, openVectorProducts, rowBlock } from "../features/vector-products.js";
import { TopLists } from "../ranking/top-lists.js";

/** Each of some vectors with the nearest among all of them. */
export interface NeighbourGraph {
  readonly vectors: NdArray<Float32Array>;
  /** Neighbours a vector has here, itself included and first. */
  readonly width: number;
  /** (count, width), nearest first, ties by ascending index. */
  readonly neighbours: Int32Array;
  /** (count,) largest squared distance of any vector to this one; 1 where all are equal. */
  readonly farthest: Float32Array;
  /** ‖v_i − v_j‖² of any two: of few vectors from their products, which are there, of many computed when asked for. */
  squaredDistance(i: number, j: number): number;
}

/** Vectors of a block: 16 MiB of products, some tenths of a second of work. */
const BLOCK = 2048;

/**
 * The exact graph by Euclidean distance. Blocks of vectors meet each other once, for distances are symmetric: half of all
 * products are computed, and of them a block at a time is there. Memory beside the vectors: count × width × 12 bytes.
 * @param vectors (count, dim)
 * @param width neighbours wanted, itself included; cut to the count
 */
export async function neighbourGraph(
  vectors: NdArray<Float32Array>,
  width: number,
  { engine, ...options }: GraphOptions & { readonly engine: Engine },
): Promise<NeighbourGraph> {
  const [count, dim] = vectors.shape;
  const block = evenBlock(count, BLOCK);
  const products = await openVectorProducts({ rows: block, columns: block, dim }, engine);
  try {
    return await neighbourGraphBy(products, vectors, width, options);
  } finally {
    await products.dispose();
  }
}

interface GraphOptions extends Abortable {
  /** Told of the progress, in images. Default: nobody. */
  readonly onProgress?: ProgressListener;
}

/** The same by products that are prepared, as many rows as columns: for many graphs of few vectors, such as short lists. */
export async function neighbourGraphBy(
  products: VectorProducts,
  vectors: NdArray<Float32Array>,
  wanted: number,
  { signal, onProgress }: GraphOptions = {},
): Promise<NeighbourGraph> {
  const count = vectors.shape[0];
  const width = Math.min(wanted, count);
  const found = { lists: new TopLists(count, width), farthest: new Float32Array(count) };
  const squares = squaredLengths(vectors);
  const meter = new ProgressMeter("neighbours", count, "images", onProgress);
  const block = products.rows;
  const pairs = Math.ceil(count / block) ** 2;
  let squaredDistance = (a: number, b: number): number => distanceBetween(vectors, a, b);
  let done = 0;
  for (let i = 0; i < count; i += block) {
    const rows = rowBlock(vectors, i, i + block);
    for (let j = i; j < count; j += block) {
      checkAborted(signal);
      const columns = rowBlock(vectors, j, j + block);
      const values = await products.products(rows, columns);
      compare(values, { i, j, rows: rows.shape[0], columns: columns.shape[0], stride: block }, squares, found);
      if (pairs === 1) {
        squaredDistance = (a, b) => (a === b ? 0 : Math.max(0, squares[a] + squares[b] - 2 * values[a * block + b]));
      }
      done += i === j ? 1 : 2;
      meter.report(Math.floor((count * done) / pairs));
    }
  }
  const neighbours = new Int32Array(count * width);
  for (let item = 0; item < count; item++) neighbours.set(found.lists.list(item).indices, item * width);
  const farthest = found.farthest.map(square => (square > 0 ? square : 1));
  return { vectors, width, neighbours, farthest, squaredDistance };
}

/** Where a block of products lies among all, and how its rows follow each other. */
interface Place {
  readonly i: number;
  readonly j: number;
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
}

/**
 * Takes in the distances of a block, for both of a pair: ‖a − b‖² = ‖a‖² + ‖b‖² − 2 ⟨a, b⟩. Blocks come by ascending i,
 * then j ≥ i, so that every item meets the others in ascending order.
 */
function compare(
  values: Float32Array,
  { i, j, rows, columns, stride }: Place,
  squares: Float64Array,
  { lists, farthest }: { readonly lists: TopLists; readonly farthest: Float32Array },
): void {
  const { least } = lists;
  for (let row = 0; row < rows; row++) {
    const a = i + row;
    const own = squares[a];
    if (i === j) lists.put(a, a, Number.POSITIVE_INFINITY); // an item is its own nearest, also among its equals
    for (let column = i === j ? row + 1 : 0; column < columns; column++) {
      const b = j + column;
      const square = Math.fround(Math.max(0, own + squares[b] - 2 * values[row * stride + column]));
      if (square > farthest[a]) farthest[a] = square;
      if (square > farthest[b]) farthest[b] = square;
      if (!(-square <= least[a])) lists.put(a, b, -square);
      if (!(-square <= least[b])) lists.put(b, a, -square);
    }
  }
}

/** ‖v_i − v_j‖² */
function distanceBetween({ data, shape }: NdArray<Float32Array>, i: number, j: number): number {
  const dim = shape[1];
  let [even, odd] = [0, 0]; // two sums: the next product need not wait for the one before
  let [a, b] = [i * dim, j * dim];
  for (const end = a + dim - 1; a < end; a += 2, b += 2) {
    even += (data[a] - data[b]) ** 2;
    odd += (data[a + 1] - data[b + 1]) ** 2;
  }
  return dim % 2 === 0 ? even + odd : even + odd + (data[a] - data[b]) ** 2;
}
