// A compiled model in 16-bit floats inside: constants rounded, and a Cast where numbers come in and go out.
import onnxProto from "onnx-proto";

const { onnx } = onnxProto;
const { FLOAT, FLOAT16 } = onnx.TensorProto.DataType;

/** @returns the model with the same ports, which stay in 32 bits */
export function halfModel(compiled) {
  const model = onnx.ModelProto.decode(compiled.bytes);
  const { graph } = model;
  for (const constant of graph.initializer) {
    if (constant.dataType !== FLOAT) continue;
    constant.rawData = halfBytes(constant.rawData);
    constant.dataType = FLOAT16;
  }
  const entered = floatPorts(graph.input);
  const left = floatPorts(graph.output);
  const inner = name => (entered.includes(name) || left.includes(name) ? `${name}.half` : name);
  for (const node of graph.node) {
    node.input = node.input.map(inner);
    node.output = node.output.map(inner);
    if (node.opType !== "Cast") continue;
    for (const attribute of node.attribute) if (Number(attribute.i) === FLOAT) attribute.i = FLOAT16;
  }
  const entry = entered.map(name => cast(name, inner(name), FLOAT16));
  const exit = left.map(name => cast(inner(name), name, FLOAT));
  graph.node = [...entry, ...graph.node, ...exit];
  return { ...compiled, bytes: onnx.ModelProto.encode(model).finish() };
}

function floatPorts(ports) {
  return ports.filter(({ type }) => type.tensorType.elemType === FLOAT).map(({ name }) => name);
}

function cast(from, to, type) {
  const { INT } = onnx.AttributeProto.AttributeType;
  const attribute = [{ name: "to", type: INT, i: type }];
  return onnx.NodeProto.create({ name: `${to}_cast`, opType: "Cast", input: [from], output: [to], attribute });
}

function halfBytes(raw) {
  const values = new Float32Array(new Uint8Array(raw).buffer);
  return new Uint8Array(Uint16Array.from(values, halfBits).buffer);
}

const FLOATS = new Float32Array(1);
const BITS = new Uint32Array(FLOATS.buffer);

/** The bits of the nearest 16-bit float, ties to even; what is too large becomes the largest finite one. */
export function halfBits(value) {
  FLOATS[0] = Math.max(-65504, Math.min(65504, value));
  const sign = (BITS[0] >>> 16) & 0x8000;
  const size = Math.abs(FLOATS[0]);
  // Below 2⁻¹⁴ the steps are 2⁻²⁴; above, ten bits follow the first. 2¹⁰ carries over into the exponent by itself.
  if (size < 2 ** -14) return sign | roundedToEven(size * 2 ** 24);
  const exponent = ((BITS[0] >>> 23) & 255) - 127;
  return sign | (((exponent + 15) << 10) + roundedToEven((size / 2 ** exponent - 1) * 1024));
}

function roundedToEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
