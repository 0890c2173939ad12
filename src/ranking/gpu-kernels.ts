/** Invocations of a workgroup, and items of a tile. */
export const GROUP = 256;

/**
 * Compute shaders that rank a database for several queries. The database is cut into chunks; each pair of a chunk and a
 * query is a workgroup.
 *   count  histograms of the chunk: items and relevant items at each distance
 *   sum    for each distance: in how many items of the chunks before; the totals
 *   place  ranks of the chunk's items, ties by ascending index, from what was counted before the chunk, before the tile
 *          and in the tile. Kept are either the ranks of relevant items or the items of the first ranks.
 * Layouts: codes (items, words), queryCodes (queries, words), labels (items, labelWords), queryLabels (queries,
 * labelWords), counts (queries, chunks, 2, bins), totals (queries, 2, bins), keep (queries, 2), kept (as keep says).
 */
export const GPU_KERNELS: string = /* wgsl */ `
const GROUP: u32 = ${GROUP}u;
const MAX_BINS: u32 = 1025u;
const RELEVANT: u32 = 0x80000000u;

struct Job {
  items: u32,
  words: u32,
  bins: u32,
  // 0: nothing is relevant.
  labelWords: u32,
  // 1: labels are numbers, relevant to none below 0; 0: they are sets of bits.
  single: u32,
  // Of a chunk.
  chunkItems: u32,
  chunks: u32,
  queries: u32,
  // 1: ranks of relevant items are kept; 0: the items of the first ranks.
  ranks: u32,
}

@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> queryCodes: array<u32>;
@group(0) @binding(3) var<storage, read> labels: array<u32>;
@group(0) @binding(4) var<storage, read> queryLabels: array<u32>;
@group(0) @binding(5) var<storage, read_write> counts: array<u32>;
// Items at each distance after sum; before place, where each distance starts in the ranking.
@group(0) @binding(6) var<storage, read_write> totals: array<u32>;
// Where the query's part of kept starts, and its length.
@group(0) @binding(7) var<storage, read> keep: array<u32>;
@group(0) @binding(8) var<storage, read_write> kept: array<u32>;

// By distance: items of the chunk, relevant ones; in place the ranks that come next.
var<workgroup> seen: array<atomic<u32>, MAX_BINS>;
var<workgroup> seenRelevant: array<atomic<u32>, MAX_BINS>;
// The tile's distances, relevant items marked.
var<workgroup> tile: array<u32, GROUP>;

fn distanceTo(item: u32, query: u32) -> u32 {
  var distance = 0u;
  for (var w = 0u; w < job.words; w++) {
    distance += countOneBits(codes[item * job.words + w] ^ queryCodes[query * job.words + w]);
  }
  return distance;
}

fn relevantTo(item: u32, query: u32) -> bool {
  if (job.single == 1u) { return labels[item] == queryLabels[query] && (labels[item] >> 31u) == 0u; }
  var both = 0u;
  for (var w = 0u; w < job.labelWords; w++) {
    both |= labels[item * job.labelWords + w] & queryLabels[query * job.labelWords + w];
  }
  return both != 0u;
}

@compute @workgroup_size(GROUP)
fn count(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) me: u32) {
  for (var bin = me; bin < job.bins; bin += GROUP) {
    atomicStore(&seen[bin], 0u);
    atomicStore(&seenRelevant[bin], 0u);
  }
  workgroupBarrier();
  let first = group.x * job.chunkItems;
  let end = min(first + job.chunkItems, job.items);
  for (var item = first + me; item < end; item += GROUP) {
    let distance = distanceTo(item, group.y);
    atomicAdd(&seen[distance], 1u);
    if (relevantTo(item, group.y)) { atomicAdd(&seenRelevant[distance], 1u); }
  }
  workgroupBarrier();
  let row = (group.y * job.chunks + group.x) * 2u * job.bins;
  for (var bin = me; bin < job.bins; bin += GROUP) {
    counts[row + bin] = atomicLoad(&seen[bin]);
    counts[row + job.bins + bin] = atomicLoad(&seenRelevant[bin]);
  }
}

@compute @workgroup_size(64)
fn sum(@builtin(global_invocation_id) id: vec3u) {
  let width = 2u * job.bins;
  if (id.x >= job.queries * width) { return; }
  let query = id.x / width;
  let column = id.x % width;
  var total = 0u;
  for (var chunk = 0u; chunk < job.chunks; chunk++) {
    let at = (query * job.chunks + chunk) * width + column;
    let before = total;
    total += counts[at];
    counts[at] = before;
  }
  totals[id.x] = total;
}

@compute @workgroup_size(GROUP)
fn place(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) me: u32) {
  let query = group.y;
  let row = (query * job.chunks + group.x) * 2u * job.bins;
  let starts = query * 2u * job.bins;
  for (var bin = me; bin < job.bins; bin += GROUP) {
    atomicStore(&seen[bin], counts[row + bin] + totals[starts + bin]);
    atomicStore(&seenRelevant[bin], counts[row + job.bins + bin] + totals[starts + job.bins + bin]);
  }
  workgroupBarrier();
  let first = group.x * job.chunkItems;
  let end = min(first + job.chunkItems, job.items);
  let start = keep[2u * query];
  let length = keep[2u * query + 1u];
  for (var tileStart = first; tileStart < end; tileStart += GROUP) {
    let item = tileStart + me;
    let there = item < end;
    var distance = RELEVANT - 1u;
    var relevant = false;
    if (there) {
      distance = distanceTo(item, query);
      relevant = relevantTo(item, query);
    }
    tile[me] = select(distance, distance | RELEVANT, relevant);
    workgroupBarrier();
    if (there) {
      let before = atomicLoad(&seen[distance]);
      if (select(before < length, relevant, job.ranks == 1u)) {
        var same = 0u;
        var sameRelevant = 0u;
        for (var other = 0u; other < me; other++) {
          let far = tile[other];
          if ((far & ~RELEVANT) == distance) {
            same++;
            sameRelevant += far >> 31u;
          }
        }
        let rank = before + same;
        if (job.ranks == 1u) { kept[start + atomicLoad(&seenRelevant[distance]) + sameRelevant] = rank + 1u; }
        else if (rank < length) { kept[start + rank] = item; }
      }
    }
    workgroupBarrier();
    if (there) {
      atomicAdd(&seen[distance], 1u);
      if (relevant) { atomicAdd(&seenRelevant[distance], 1u); }
    }
    workgroupBarrier();
  }
}
`;
