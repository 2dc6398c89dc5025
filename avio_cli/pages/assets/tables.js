/** Tables of crossings and of times in zones. */

import { byId, durationText, make, timeText } from "./elements.js";

const MOST = 500; // rows

/**
 * Fill the tables; one without rows stays hidden.
 *
 * @param data {events, visits} of the page
 * @param show is called with seconds and an id where a time is clicked
 */
export function fillTables({ events, visits }, show) {
  if (events.length) crossings(events, show);
  if (visits.length) dwell(visits, show);
}

function crossings(events, show) {
  const totals = grouped(events, ([, name, , , , cls]) => JSON.stringify([name, cls]));
  const counted = [...totals].map(([key, list]) => {
    const ways = ["in", "out"].map((way) => list.filter((event) => event[3] === way).length);
    return [...JSON.parse(key), ...ways];
  });
  const rows = first(events).map(([seconds, name, , way, id, cls]) => [link(seconds, id, show), name, way, `#${id}`, cls]);
  fill("crossings", [
    table("Counts", ["Line or zone", "Class", "In", "Out"], counted, 2),
    table(`Each crossing${more(events)}`, ["Time", "Line or zone", "Way", "Track", "Class"], rows),
  ]);
}

function dwell(visits, show) {
  const zones = [...grouped(visits, ([zone]) => zone)].map(([zone, list]) => {
    const times = list.map(([, , start, end]) => end - start);
    const sum = times.reduce((total, time) => total + time, 0);
    const tracks = new Set(list.map(([, id]) => id)).size;
    return [zone, tracks, list.length, durationText(sum / times.length), durationText(times.reduce((a, b) => Math.max(a, b)))];
  });
  const longest = [...visits].sort((one, other) => other[3] - other[2] - (one[3] - one[2]));
  const rows = first(longest).map(([zone, id, start, end]) => [`#${id}`, zone, link(start, id, show), timeText(end), durationText(end - start)]);
  fill("dwell", [
    table("Zones", ["Zone", "Tracks", "Visits", "Mean", "Longest"], zones, 1),
    table(`Each visit${more(visits)}`, ["Track", "Zone", "From", "To", "Time"], rows),
  ]);
}

const first = (items) => items.slice(0, MOST);
const more = ({ length }) => (length > MOST ? `, the first ${MOST} of ${length}` : "");

function grouped(items, key) {
  const groups = new Map();
  for (const item of items) {
    const name = key(item);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(item);
  }
  return groups;
}

function link(seconds, id, show) {
  const button = make("button", { type: "button", className: "link", textContent: timeText(seconds) });
  button.setAttribute("aria-label", `Go to ${timeText(seconds)}, track ${id}`);
  button.addEventListener("click", () => show(seconds, id));
  return button;
}

function table(caption, heads, rows, numbers = heads.length) {
  const head = make("tr", {}, ...heads.map((text, place) => make("th", { scope: "col", className: place >= numbers ? "number" : "", textContent: text })));
  const body = first(rows).map((cells) => make("tr", {}, ...cells.map((cell, place) => make("td", { className: place >= numbers ? "number" : "" }, cell instanceof Node ? cell : String(cell)))));
  const element = make("table", {}, make("caption", { textContent: caption + more(rows) }), make("thead", {}, head), make("tbody", {}, ...body));
  return make("div", { className: "table", tabIndex: 0, role: "region", aria: { label: caption } }, element);
}

function fill(id, tables) {
  byId(id).hidden = false;
  byId(id).querySelector(".tables").append(...tables);
}
