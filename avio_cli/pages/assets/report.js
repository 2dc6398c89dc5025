/** Puts the parts of the page together. */

import { drawCharts } from "./charts.js";
import { SilentClock } from "./clock.js";
import { decode, unpack } from "./columns.js";
import { byId, durationText, make, timeText } from "./elements.js";
import { Filters } from "./filters.js";
import { TrackMap } from "./map.js";
import { drawOverlay } from "./overlay.js";
import { Player, fullScreen } from "./player.js";
import { fillTables } from "./tables.js";
import { Timeline } from "./timeline.js";
import { Tracks } from "./tracks.js";

const data = JSON.parse(byId("data").textContent);
const tracks = new Tracks(await unpack(byId("rows").textContent, data.columns), data);
byId("rows").remove();
const classes = tracks.classes.map((number) => tracks.className(number));
const filters = new Filters(classes, data.shapes);
const player = new Player(media(), tracks, data.video?.offset ?? 0);
const timeline = new Timeline(tracks, data.crops, filters, player);
const charts = drawCharts(tracks, data, player);
const map = new TrackMap(tracks, data, filters);

/** What is shown now: {frame, time, boxes}, for scripts and the console. */
globalThis.report = { shown, player, tracks };

describe();
fillTables(data, (seconds, id) => {
  filters.select(id);
  timeline.reveal(id);
  player.seek(seconds);
});
player.addEventListener("frame", () => {
  draw();
  timeline.follow(player.seconds);
  charts.follow(player.seconds);
});
player.addEventListener("frame", remember);
player.addEventListener("state", remember);
filters.addEventListener("change", () => {
  draw();
  timeline.update();
  map.update();
  remember();
});
new ResizeObserver(draw).observe(byId("overlay"));
addEventListener("hashchange", () => /[#&](t|id)=/.test(location.hash) && goToAddress());
addEventListener("keydown", key);
byId("help").addEventListener("click", () => byId("keys").showModal());
byId("theme").addEventListener("click", changeTheme);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.redraw());
goToAddress();
document.documentElement.dataset.ready = "true";

/** The video; where it is not there or cannot be played, a clock in its place. */
function media() {
  const video = byId("video");
  byId("stage").style.aspectRatio = data.frame.aspect;
  byId("stage").style.setProperty("--aspect", data.frame.aspect);
  if (!data.video) {
    video.remove();
    return new SilentClock(tracks);
  }
  const embedded = byId("video-data");
  if (embedded) {
    video.src = URL.createObjectURL(new Blob([decode(embedded.textContent)], { type: data.video.kind }));
    embedded.remove();
  } else {
    video.src = data.video.link;
  }
  video.addEventListener("error", () => {
    byId("message").textContent = `The video cannot be played: ${readable(data.video.link) || "it is in this page"}`;
    byId("message").hidden = false;
    player.replace(new SilentClock(tracks));
  });
  return video;
}

/** An address as it is read; names of files need not be UTF-8. */
function readable(link) {
  try {
    return decodeURIComponent(link);
  } catch {
    return link;
  }
}

function shown() {
  const boxes = tracks.boxesAt(player.frame).filter(({ id, cls }) => filters.shows(id, cls));
  return { frame: player.frame, time: player.seconds, boxes };
}

function draw() {
  const { boxes } = shown();
  if (filters.parts.trails) for (const box of boxes) box.trail = tracks.trail(box.row);
  const shapes = data.shapes.filter(({ kind }) => filters.parts[kind]);
  drawOverlay(byId("overlay"), data.frame, boxes, { ...filters.parts, selected: filters.selected, shapes });
}

function describe() {
  document.title = `${data.title} · tracks`;
  byId("title").textContent = data.title;
  const most = tracks.times.reduce((high, _, frame) => Math.max(high, tracks.frameStarts[frame + 1] - tracks.frameStarts[frame]), 0);
  const facts = {
    Tracks: tracks.ids.length,
    "At most at once": most,
    Frames: tracks.times.length.toLocaleString("en"),
    Length: tracks.length < 60 ? durationText(tracks.length) : timeText(tracks.length),
    ...(data.events.length ? { Crossings: data.events.length } : {}),
  };
  for (const [name, value] of Object.entries(facts)) {
    byId("facts").append(make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value })));
  }
  byId("footer").textContent = [data.records, "made by avio"].filter(Boolean).join(" · ");
}

function goToAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  const id = address.has("id") ? Number(address.get("id")) : null;
  const known = tracks.trackOf.has(id);
  if (known) {
    filters.select(id);
    timeline.reveal(id);
  }
  const start = known ? tracks.summary(tracks.trackOf.get(id)).start : 0;
  const seconds = address.has("t") ? Number(address.get("t")) : start;
  player.seek(Number.isFinite(seconds) ? seconds : 0);
}

/** Keep the address of what is shown, while it stands still. */
function remember() {
  if (!player.media.paused || player.frame < 0) return;
  const id = filters.selected === null ? "" : `&id=${filters.selected}`;
  clearTimeout(remember.later);
  remember.later = setTimeout(() => history.replaceState(null, "", `#t=${player.seconds.toFixed(3)}${id}`), 200);
}

function changeTheme() {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  charts.redraw();
}

function key(event) {
  const { target } = event;
  const typed = target.matches("select, dialog *") || event.ctrlKey || event.metaKey || event.altKey;
  const own = target.matches("button, summary, input[type=checkbox]") && [" ", "Enter"].includes(event.key);
  const slider = target.matches("input[type=range]") && /^(Arrow|Home|End)/.test(event.key);
  const action = KEYS[event.key];
  if (typed || own || slider || !action) return;
  event.preventDefault();
  action();
}

const KEYS = {
  " ": () => player.toggle(),
  k: () => player.toggle(),
  j: () => player.seek(player.seconds - 10),
  l: () => player.seek(player.seconds + 10),
  ArrowLeft: () => player.seek(player.seconds - 5),
  ArrowRight: () => player.seek(player.seconds + 5),
  ",": () => player.step(-1),
  ".": () => player.step(1),
  Home: () => player.seekFrame(0),
  End: () => player.seekFrame(tracks.times.length - 1),
  "+": () => byId("in").click(),
  "-": () => byId("out").click(),
  f: fullScreen,
  Escape: () => filters.select(null),
  "?": () => byId("keys").showModal(),
};
