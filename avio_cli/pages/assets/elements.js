/** Elements of a page; texts are texts, never markup. */

/** The element of an id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Make an element: properties by name, `dataset` and `aria` too, then its content. */
export function make(name, properties = {}, ...content) {
  const { dataset, aria, style, ...rest } = properties;
  const element = Object.assign(document.createElement(name), rest);
  Object.assign(element.dataset, dataset);
  for (const [key, value] of Object.entries(aria ?? {})) element.setAttribute(`aria-${key}`, value);
  for (const [key, value] of Object.entries(style ?? {})) element.style.setProperty(key, value);
  element.append(...content);
  return element;
}

/** A switch that looks like a chip. */
export function chip(text, checked, change, color = "") {
  const box = make("input", { type: "checkbox", checked });
  box.addEventListener("change", () => change(box.checked));
  const parts = color ? [make("i", { className: "dot", style: { background: color } })] : [];
  return make("label", { className: "chip" }, box, ...parts, text);
}

/** A time as `1:02:03.480`; `fine` says whether with milliseconds. */
export function timeText(seconds, fine = false) {
  const total = Math.max(0, Math.floor(seconds * 1000 + 0.5));
  const hours = Math.floor(total / 3600000);
  const minutes = Math.floor(total / 60000) % 60;
  const rest = String(Math.floor(total / 1000) % 60).padStart(2, "0");
  const whole = hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  return fine ? `${whole}.${String(total % 1000).padStart(3, "0")}` : whole;
}

/** A duration for people: `0.4 s`, `12 s`, `3:20`. */
export function durationText(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 100 ? `${Math.round(seconds)} s` : timeText(seconds);
}
