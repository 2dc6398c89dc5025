/** Columns of numbers, as `avio_cli.pages.columns` packs them. */

/**
 * Unpack columns.
 *
 * @param text base64
 * @param layout [{name, length, bytes, delta, wide}]
 * @returns typed arrays by name: Int32Array, or Float64Array where `wide`
 */
export async function unpack(text, layout) {
  const bytes = await inflate(decode(text));
  const columns = {};
  let start = 0;
  for (const column of layout) {
    const size = column.length * column.bytes;
    columns[column.name] = numbers(bytes.subarray(start, start + size), column);
    start += size;
  }
  return columns;
}

/** The bytes of a base64 text. */
export function decode(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let place = 0; place < raw.length; place++) bytes[place] = raw.charCodeAt(place);
  return bytes;
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Lowest bytes come first, then all second ones; the highest has the sign. */
function numbers(bytes, { length, bytes: width, delta, wide }) {
  const result = wide ? new Float64Array(length) : new Int32Array(length);
  const plane = (number) => bytes.subarray(number * length, (number + 1) * length);
  const highest = new Int8Array(plane(width - 1).slice().buffer);
  const lowest = plane(0);
  // Nearly all columns have one byte or two: those are fast.
  if (width === 1) result.set(highest);
  else if (width === 2) for (let place = 0; place < length; place++) result[place] = lowest[place] | (highest[place] << 8);
  else join(result, Array.from({ length: width }, (_, number) => (number === width - 1 ? highest : plane(number))));
  if (delta) for (let place = 1; place < length; place++) result[place] += result[place - 1];
  return result;
}

function join(result, planes) {
  planes.forEach((digits, number) => {
    const scale = 256 ** number;
    for (let place = 0; place < result.length; place++) result[place] += digits[place] * scale;
  });
}
