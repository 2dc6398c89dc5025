// The live page: shows images as they come, boxes over them, figures and events.

import { drawOverlay } from "./overlay.js";
import { Trails } from "./trails.js";
import { SourceVideo } from "./video.js";

const LONGEST_PAUSE = 5000; // ms between two attempts to connect
const MOST_EVENTS = 200;
const PARTS_KEY = "avio-parts";
const KIND_KEY = "avio-kind";
const $ = (id) => document.getElementById(id);

const image = $("image");
const overlay = $("overlay");
const source = new SourceVideo($("video"));
const shown = { frame: null, image: null, about: null, counts: new Map(), trails: new Trails() };
let ended = false;

// Images: parts of JSON and JPEG in turn. What is not read is not sent: the next
// image is the newest.

/** Yields the parts of a multipart answer: { type, body }. */
async function* partsOf(body) {
  const reader = body.getReader();
  let bytes = new Uint8Array(0);
  const decoder = new TextDecoder();
  const read = async () => {
    const { value, done } = await reader.read();
    if (done) return false;
    const joined = new Uint8Array(bytes.length + value.length);
    joined.set(bytes);
    joined.set(value, bytes.length);
    bytes = joined;
    return true;
  };
  try {
    for (;;) {
      let end;
      while ((end = endOfHead(bytes)) < 0) if (!(await read())) return;
      const head = decoder.decode(bytes.subarray(0, end));
      const length = Number(/Content-Length: (\d+)/.exec(head)[1]);
      const type = /Content-Type: (\S+)/.exec(head)[1];
      while (bytes.length < end + 4 + length + 2) if (!(await read())) return;
      yield { type, body: bytes.slice(end + 4, end + 4 + length) };
      bytes = bytes.slice(end + 4 + length + 2);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function endOfHead(bytes) {
  for (let at = 0; at + 3 < bytes.length; at += 1) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10)
      return at;
  }
  return -1;
}

async function readFrames(signal) {
  const answer = await fetch("frames", { signal });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  let boxes = null;
  for await (const { type, body } of partsOf(answer.body)) {
    if (type === "application/json") {
      boxes = JSON.parse(new TextDecoder().decode(body));
    } else {
      const bitmap = await createImageBitmap(new Blob([body], { type }));
      showImage(boxes, bitmap);
      bitmap.close();
    }
  }
}

function showImage(frame, bitmap) {
  if (image.width !== bitmap.width || image.height !== bitmap.height) {
    image.width = bitmap.width;
    image.height = bitmap.height;
  }
  image.getContext("2d").drawImage(bitmap, 0, 0);
  image.dataset.frame = frame.frame;
  shown.image = frame;
  if (image.hidden) return; // the video is shown
  $("still").hidden = image.width >= frame.width && image.height >= frame.height;
  showFrame(frame);
}

function showFrame(frame) {
  shown.frame = frame;
  shown.trails.add(frame.time, frame.boxes);
  $("snapshot").disabled = false;
  showClasses(frame.boxes);
  paint();
}

/** Show the boxes of an earlier frame, or none: what came after it is forgotten. */
function goBackTo(frame) {
  if (shown.frame === frame) return;
  shown.frame = frame;
  shown.trails = new Trails();
  $("snapshot").disabled = !frame;
  showClasses(frame?.boxes ?? []);
  paint();
}

/** Draw the overlay exactly over the image. */
function paint() {
  if (!shown.frame) {
    overlay.getContext("2d").clearRect(0, 0, overlay.width, overlay.height);
    return;
  }
  const place = imagePlace();
  overlay.style.left = `${place.left}px`;
  overlay.style.top = `${place.top}px`;
  overlay.style.width = `${place.width}px`;
  overlay.style.height = `${place.height}px`;
  const { boxes, labels, trails, shapes } = chosenParts();
  const given = shown.frame.boxes.map((box) => ({ ...box, trail: shown.trails.of(box.id) }));
  drawOverlay(overlay, shown.frame, given, {
    boxes,
    labels,
    trails,
    scores: true,
    selected: null,
    shapes: shapes ? (shown.about?.shapes ?? []) : [],
  });
}

/** What is shown: an image or the video, and its size in pixels. */
function current() {
  const { element } = source;
  if (image.hidden) return { element, across: element.videoWidth, down: element.videoHeight };
  return { element: image, across: image.width, down: image.height };
}

/** Where it is within its element, which keeps its aspect ratio. */
function imagePlace() {
  const { element, across, down } = current();
  const { offsetLeft, offsetTop, clientWidth, clientHeight } = element;
  const scale = Math.min(clientWidth / across, clientHeight / down);
  const width = across * scale;
  const height = down * scale;
  return {
    left: offsetLeft + (clientWidth - width) / 2,
    top: offsetTop + (clientHeight - height) / 2,
    width,
    height,
  };
}

function chosenParts() {
  const boxes = [...$("parts").querySelectorAll("input")];
  return Object.fromEntries(boxes.map((box) => [box.name, box.checked]));
}

// Connections: one for images, while the page is in sight; one for messages.

async function keepReadingFrames() {
  let pause = 250;
  while (!ended) {
    if (!wantsImages()) {
      await new Promise((done) => wish.addEventListener("change", done, { once: true }));
      continue;
    }
    const stop = new AbortController();
    const hide = () => wantsImages() || stop.abort();
    wish.addEventListener("change", hide);
    try {
      await readFrames(stop.signal);
      pause = 250;
    } catch (error) {
      if (error.name !== "AbortError") pause = Math.min(2 * pause, LONGEST_PAUSE);
    } finally {
      wish.removeEventListener("change", hide);
    }
    await new Promise((done) => setTimeout(done, pause));
  }
}

function readMessages() {
  const messages = new EventSource("messages");
  messages.onerror = () => {
    if (ended) return;
    showState("lost", "no connection");
    // After an answer that is none, such as a proxy's 503, browsers try no more.
    if (messages.readyState === EventSource.CLOSED) setTimeout(readMessages, LONGEST_PAUSE);
  };
  const on = (name, show) =>
    messages.addEventListener(name, (message) => show(JSON.parse(message.data)));
  on("about", showAbout);
  on("figures", showFigures);
  on("events", showEvents);
  on("end", () => {
    ended = true;
    messages.close();
    showState("ended", "the run has ended");
  });
}

// What is shown: the source's own video where it is offered, this browser plays it, and
// images are not preferred. Images are there at once, and until the video is.

const wish = new EventTarget();

/** Whether images are to be read: somebody looks, and no video is there. */
function wantsImages() {
  return !document.hidden && image.hidden === false;
}

function chooseKind() {
  const { offered, why } = shown.about?.copied ?? { offered: false, why: "" };
  const wanted = $("kind").value === "video";
  $("kind").disabled = !offered;
  if (!offered) $("kind").value = "images";
  if (offered && wanted && !document.hidden) {
    source.start();
  } else {
    source.stop();
    showKind(false, why);
  }
}

function showKind(isVideo, why) {
  image.hidden = isVideo;
  source.element.hidden = !isVideo;
  $("stage").dataset.shown = isVideo ? "video" : "images";
  $("still").hidden ||= isVideo;
  $("why").textContent = isVideo ? source.codec : why && `JPEG images: ${why}`;
  wish.dispatchEvent(new Event("change"));
  if (!isVideo) goBackTo(shown.image); // the image that is there is not the newest
  paint();
}

source.addEventListener("frame", ({ detail }) => {
  if (image.hidden === false) showKind(true, "");
  showFrame(detail);
});
source.addEventListener("untracked", () => {
  if (image.hidden) goBackTo(null);
});
source.addEventListener("fail", ({ detail: { why, again } }) => {
  showKind(false, why);
  if (again) setTimeout(() => ended || chooseKind(), LONGEST_PAUSE);
});
document.addEventListener("visibilitychange", () => {
  if (!ended) chooseKind(); // else what is shown stays: nothing more will come
  wish.dispatchEvent(new Event("change"));
});

// What is shown beside the image. Names are text, whatever is in them.

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function fill(list, rows) {
  list.replaceChildren(
    ...rows.flatMap(([name, value]) => [element("dt", name), element("dd", value)]),
  );
}

function showAbout(about) {
  const first = shown.about === null;
  if (about.shapes?.length) $("parts").hidden = false;
  shown.about = about;
  $("source").textContent = about.source;
  document.title = `${about.source} – avio`;
  if (first && about.drawn) {
    for (const box of $("parts").querySelectorAll("input")) box.checked = false;
  }
  if (JSON.stringify(about.copied) !== shown.copied) {
    shown.copied = JSON.stringify(about.copied);
    chooseKind();
  }
  paint();
}

function showState(state, text) {
  const line = $("state");
  if (line.textContent !== text) line.textContent = text;
  line.dataset.state = state;
}

const STATES = { live: "live", connecting: "connecting", stalled: "source is silent", lost: "source is lost" };

function showFigures(figures) {
  const state = figures.state ?? (figures.frames ? "live" : "connecting");
  if (!figures.frames) showState("waiting", "waiting for the first frame");
  else if (figures.state === null) showState("live", "running");
  else showState(state, STATES[state] ?? state);
  const rows = [
    ["Frames", figures.frames.toLocaleString("en")],
    ["Frames a second", figures.fps.toFixed(1)],
    ["Running for", clock(figures.seconds)],
  ];
  if (figures.lag !== null) rows.push(["Lag", `${figures.lag.toFixed(2)} s`]);
  if (figures.dropped) rows.push(["Frames dropped", figures.dropped.toLocaleString("en")]);
  if (figures.ids) {
    rows.push(["Tracks now", figures.tracks.toLocaleString("en")]);
    rows.push(["Tracks so far", figures.ids.toLocaleString("en")]);
  }
  fill($("figures"), rows);
  showCounts(figures.crossings);
}

function showCounts(crossings) {
  shown.counts = new Map(crossings.map((entry) => [entry.name, entry]));
  const names = new Set([...(shown.about?.shapes ?? []).map(({ name }) => name), ...shown.counts.keys()]);
  $("counts-part").hidden = !names.size;
  $("counts").replaceChildren(
    ...[...names].map((name) => {
      const count = shown.counts.get(name) ?? { in: 0, out: 0 };
      const row = document.createElement("tr");
      const head = element("th", name);
      head.scope = "row";
      row.append(head, element("td", count.in), element("td", count.out));
      return row;
    }),
  );
}

function showClasses(boxes) {
  const counts = new Map();
  for (const { cls } of boxes) counts.set(cls, (counts.get(cls) ?? 0) + 1);
  if (counts.size) $("classes-part").hidden = $("parts").hidden = false;
  const rows = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
  fill($("classes"), rows);
}

const EVENTS = {
  track_first_seen: "first seen",
  track_lost: "lost",
  line_crossed: "crossed",
  zone_entered: "entered",
  zone_left: "left",
  zone_dwell: "stays in",
};

function showEvents(events) {
  const list = $("events");
  $("events-part").hidden = false;
  for (const event of events) {
    const item = document.createElement("li");
    const time = element("time", clock(event.pts));
    time.dateTime = event.time;
    const way = event.event === "line_crossed" ? event.direction : "";
    const where = [event.name, way].filter(Boolean).join(" ");
    const what = `#${event.id} ${event.class} ${EVENTS[event.event] ?? event.event} ${where}`;
    item.append(time, element("span", what.trim()));
    list.prepend(item);
  }
  while (list.children.length > MOST_EVENTS) list.lastChild.remove();
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// Buttons

function saveSnapshot() {
  const canvas = document.createElement("canvas");
  const { element, across, down } = current();
  const larger = Math.max(1, overlay.width / across);
  canvas.width = Math.round(across * larger);
  canvas.height = Math.round(down * larger);
  const context = canvas.getContext("2d");
  for (const layer of [element, overlay]) context.drawImage(layer, 0, 0, canvas.width, canvas.height);
  const name = `avio-frame-${shown.frame.frame}-${shown.frame.time.toFixed(3)}s.png`;
  canvas.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else $("stage").requestFullscreen();
}

// Browsers that keep nothing throw where something is stored.

function keep(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // As chosen until the page is closed.
  }
}

function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function rememberParts() {
  keep(PARTS_KEY, chosenParts());
  paint();
}

function recallParts() {
  const parts = kept(PARTS_KEY) ?? {};
  for (const box of $("parts").querySelectorAll("input")) box.checked = parts[box.name] ?? true;
}

recallParts();
$("kind").value = kept(KIND_KEY) === "images" ? "images" : "video";
$("kind").addEventListener("change", () => {
  keep(KIND_KEY, $("kind").value);
  chooseKind();
});
$("parts").addEventListener("change", rememberParts);
$("snapshot").addEventListener("click", saveSnapshot);
$("full").addEventListener("click", toggleFullScreen);
if (!document.fullscreenEnabled) $("full").hidden = true;
const resized = new ResizeObserver(paint);
for (const element of [image, source.element]) resized.observe(element);
/** What is shown now, for scripts and the console. */
globalThis.live = { shown, source };
readMessages();
keepReadingFrames();
