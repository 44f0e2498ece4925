// Reads the data that Python embedded in the page.

const ARRAY_TYPES = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };

/** Whether this browser supports the page: DecompressionStream and light-dark() are the newest features it needs. */
function canRead() {
  return typeof DecompressionStream === "function" && CSS.supports("color", "light-dark(red, red)");
}

/** The JSON data, and the arrays by name, each as {shape, values}. */
async function readData() {
  const blocks = [...document.querySelectorAll("script.array")];
  const arrays = await Promise.all(blocks.map(unpacked));
  return {
    data: JSON.parse(document.getElementById("data").textContent),
    arrays: Object.fromEntries(blocks.map((block, i) => [block.dataset.name, arrays[i]])),
  };
}

/** The inverse of `packed` in document.py. */
async function unpacked(block) {
  const shape = JSON.parse(block.dataset.shape);
  const compressed = Uint8Array.from(atob(block.textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  if (block.dataset.type === "int8") {
    const values = new Int8Array(bytes.buffer);
    const width = shape.at(-1);
    for (let i = 0; i < values.length; i++) if (i % width) values[i] += values[i - 1];
    return { shape, values };
  }
  const Type = ARRAY_TYPES[block.dataset.type];
  const size = Type.BYTES_PER_ELEMENT;
  const ordered = new Uint8Array(bytes.length);
  const count = bytes.length / size;
  for (let k = 0; k < size; k++) for (let i = 0; i < count; i++) ordered[i * size + k] = bytes[k * count + i];
  return { shape, values: new Type(ordered.buffer) };
}

/** The inverse of `text_array` in document.py. */
function textData({ values }) {
  return JSON.parse(new TextDecoder().decode(values));
}

/** A function (i, j, ...) -> value of an array; with fewer indices it returns a typed subarray. */
function reader({ shape, values }) {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return (...index) => {
    const start = index.reduce((sum, i, axis) => sum + i * strides[axis], 0);
    return index.length === shape.length ? values[start] : values.subarray(start, start + strides[index.length - 1]);
  };
}
