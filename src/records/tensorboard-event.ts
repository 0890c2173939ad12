// An Event of TensorBoard (tensorboard/compat/proto/event.proto, summary.proto), as far as scalars need it.

/** Field number and wire type of protocol buffers, in one byte. */
const WALL_TIME = (1 << 3) | 1;
const STEP = 2 << 3;
const FILE_VERSION = (3 << 3) | 2;
const SUMMARY = (5 << 3) | 2;
const VALUE = (1 << 3) | 2;
const TAG = (1 << 3) | 2;
const SIMPLE_VALUE = (2 << 3) | 5;

/** The first event of each file. @param wallTime seconds since 1970 */
export function versionEvent(wallTime: number): Buffer {
  return Buffer.concat([double(WALL_TIME, wallTime), bytes(FILE_VERSION, Buffer.from("brain.Event:2"))]);
}

/**
 * The values of a step.
 * @param values by tag; float32 in the file
 */
export function scalarEvent(wallTime: number, step: number, values: Readonly<Record<string, number>>): Buffer {
  const summary = Object.entries(values).map(([tag, value]) =>
    bytes(VALUE, Buffer.concat([bytes(TAG, Buffer.from(tag)), float(SIMPLE_VALUE, value)])),
  );
  const position = [Buffer.of(STEP), varint(step)];
  return Buffer.concat([double(WALL_TIME, wallTime), ...position, bytes(SUMMARY, Buffer.concat(summary))]);
}

function double(field: number, value: number): Buffer {
  const encoded = Buffer.alloc(9, field);
  encoded.writeDoubleLE(value, 1);
  return encoded;
}

function float(field: number, value: number): Buffer {
  const encoded = Buffer.alloc(5, field);
  encoded.writeFloatLE(value, 1);
  return encoded;
}

function bytes(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(field), varint(value.length), value]);
}

/** Seven bits a byte, the lowest first; all but the last have their highest bit set. */
function varint(value: number): Buffer {
  const encoded: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) encoded.push((rest % 128) | 128);
  return Buffer.from([...encoded, rest]);
}
