/** The colour of each track id: that which avio draws it with in every video. */

const GOLDEN = 0.6180339887498949;
const LIGHTNESS = [0.74, 0.67, 0.8];
const known = new Map();

/** The colour of an id, for styles and canvases. */
export function colorOf(id) {
  if (!known.has(id)) known.set(id, `rgb(${oklab(id).join(", ")})`);
  return known.get(id);
}

function oklab(id) {
  const hue = 2 * Math.PI * (0.08 + modulo(id * GOLDEN, 1));
  for (let chroma = 0.2; ; chroma -= 0.01) {
    const usable = Math.max(chroma, 0);
    const rgb = linear(LIGHTNESS[modulo(id, 3)], usable * Math.cos(hue), usable * Math.sin(hue));
    if (chroma < 0.011 || rgb.every((part) => part >= 0 && part <= 1)) {
      return rgb.map((part) => Math.round(255 * encode(Math.min(Math.max(part, 0), 1))));
    }
  }
}

function linear(lightness, a, b) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
  ];
}

function encode(value) {
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}

function modulo(value, by) {
  return ((value % by) + by) % by;
}
