/** The source's own video: fragments over a WebSocket, each frame with its boxes. */

const BEHIND = 0.4; // s by which what is shown is behind what is tracked, at speed 1
const KEPT = 20; // s of video and boxes that are kept behind what is shown
const MOST_WAITING = 64 << 20; // bytes that the decoder has not taken
const FASTEST = 8;
const SLOWEST = 0.07; // browsers refuse less than 1/16
const TICK = 100; // ms
const LOOKED_AHEAD = 0.25; // s: so long it may go on, should the next tick be late
const SAME = 0.0006; // s: browsers round times to microseconds
const LONGEST_HELD = 1; // s for which boxes stay in frames that were not tracked
const MOST_MISSING = 3; // s by which what is tracked is ahead of what came, up to speed 1
const PATIENCE = 4000; // ms without a frame
const NAMES = { avc1: "H.264", hvc1: "HEVC", vp09: "VP9", av01: "AV1" };

/**
 * Plays what comes at the speed at which the run tracks it, a moment behind.
 *
 * Events: frame, whose detail is a frame and its boxes; untracked, where a frame is shown
 * for which nothing was tracked for long; fail, whose detail is { why, again }:
 * why there is no video, and whether it may be asked for again.
 */
export class SourceVideo extends EventTarget {
  codec = ""; // as people call it
  #socket = null;
  #buffer = null;
  #waiting = [];
  #frames = []; // with boxes, the oldest first
  #arrivals = []; // when frames were tracked: { at, media }
  #ended = false;
  #seen = 0;
  #ticking = null;
  #drawn = -1;

  constructor(element) {
    super();
    this.element = element;
    element.addEventListener("error", () => this.#buffer && this.#fail(element.error?.message || "the video cannot be decoded"));
  }

  /** Ask for the video, unless it comes already. */
  start() {
    if (this.#socket) return;
    const able = "MediaSource" in globalThis && "requestVideoFrameCallback" in this.element;
    if (!able) return this.#fail("this browser shows no frame exactly");
    const address = new URL("packets", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = (this.#socket = new WebSocket(address));
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(data);
    socket.onclose = () => socket === this.#socket && !this.#ended && this.#fail("the connection for video broke off", true);
    this.#ended = false;
    this.#ticking = setInterval(() => this.#steer(), TICK);
    const next = (_, { mediaTime }) => {
      if (socket !== this.#socket) return;
      this.#show(mediaTime);
      this.element.requestVideoFrameCallback(next);
    };
    this.element.requestVideoFrameCallback(next);
  }

  /** Leave it; safe to call twice. */
  stop() {
    clearInterval(this.#ticking);
    const socket = this.#socket;
    this.#socket = this.#buffer = null;
    this.#waiting = [];
    this.#frames = [];
    socket?.close();
    if (this.element.src) URL.revokeObjectURL(this.element.src);
    this.element.removeAttribute("src");
    this.element.load();
  }

  /** The time up to which frames are tracked; undefined before the first one. */
  get newest() {
    return this.#frames.at(-1)?.media;
  }

  #fail(why, again = false) {
    this.stop();
    this.dispatchEvent(new CustomEvent("fail", { detail: { why, again } }));
  }

  #take(data) {
    if (data instanceof ArrayBuffer) {
      this.#waiting.push(data);
      this.#append();
      return;
    }
    const said = JSON.parse(data);
    if (Array.isArray(said)) this.#track(said);
    else if ("type" in said) this.#begin(said.type);
    else if (said.end) this.#fail(said.end);
    else this.#ended = true;
  }

  #begin(type) {
    const name = /codecs="(.*)"/.exec(type)[1];
    this.codec = NAMES[name.slice(0, 4)] ?? name;
    if (!name || !MediaSource.isTypeSupported(type)) {
      this.#fail(`this browser does not play ${this.codec || "its codec"}`);
      return;
    }
    if (this.element.src) URL.revokeObjectURL(this.element.src);
    this.#buffer = null;
    this.#waiting = [];
    this.#frames = [];
    this.#arrivals = [];
    this.#seen = performance.now();
    this.#drawn = -1;
    const media = new MediaSource();
    media.addEventListener("sourceopen", () => {
      if (this.element.src !== address) return;
      this.#buffer = media.addSourceBuffer(type);
      this.#buffer.addEventListener("updateend", () => this.#append());
      this.#append();
    });
    const address = (this.element.src = URL.createObjectURL(media));
  }

  #track(frames) {
    const now = performance.now();
    for (const frame of frames) {
      this.#frames.push(frame);
      this.#arrivals.push({ at: now, media: frame.media });
    }
    while (this.#arrivals.length > 2 && now - this.#arrivals[0].at > 2000) this.#arrivals.shift();
    const { currentTime, paused } = this.element;
    while (this.#frames[0].media < currentTime - KEPT) this.#frames.shift();
    // The frame that is shown may have been tracked just now.
    if (frames.some(({ media }) => Math.abs(media - this.#drawn) < SAME) || paused) this.#show(this.#drawn);
  }

  #append() {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating) return;
    const { currentTime } = this.element;
    const start = buffer.buffered.length ? buffer.buffered.start(0) : Infinity;
    if (start < currentTime - 2 * KEPT) {
      buffer.remove(start, currentTime - KEPT);
      return;
    }
    if (!this.#waiting.length) return;
    const data = new Blob(this.#waiting);
    if (data.size > MOST_WAITING) return this.#fail("this browser decodes it too slowly");
    const parts = this.#waiting;
    this.#waiting = [];
    try {
      buffer.appendBuffer(joined(parts));
    } catch (error) {
      this.#fail(`${error.name}: ${error.message}`);
    }
  }

  /** Keep a moment behind what is tracked: faster, slower, or with a leap. */
  #steer() {
    const { element, newest } = this;
    if (newest === undefined) return; // nothing was tracked since it began
    if (performance.now() - this.#seen > PATIENCE && this.#drawn < 0) {
      return this.#fail("no frame of it came", true);
    }
    const range = this.#range();
    if (!range) return;
    const speed = this.#speed();
    const missing = newest - range.end;
    if (missing > MOST_MISSING * Math.max(1, speed)) return this.#fail("no more of it came", true);
    const last = Math.min(newest, range.end);
    const wanted = this.#ended ? 0 : BEHIND * Math.max(speed, 0.5);
    const lag = last - element.currentTime;
    if (element.seeking) return;
    const there = element.currentTime >= range.start - SAME && element.currentTime <= range.end;
    if (!there || lag > Math.max(2.5, 3 * speed)) {
      element.currentTime = Math.max(range.start, last - wanted);
      return;
    }
    if (this.#ended && lag > 0 && lag < 2 * TICK / 1000) {
      element.pause();
      element.currentTime = last + SAME;
      return;
    }
    const rate = Math.min(FASTEST, speed + 1.5 * (lag - wanted), lag / LOOKED_AHEAD);
    if (lag <= 0.001 || rate < SLOWEST) {
      if (!element.paused) element.pause();
      return;
    }
    element.playbackRate = this.#ended ? Math.max(rate, 0.5) : rate;
    if (element.paused) element.play().catch(() => {});
  }

  /** The part that is buffered and belongs to what is tracked. */
  #range() {
    const buffered = this.#buffer?.buffered;
    if (!buffered) return null;
    for (let number = buffered.length - 1; number >= 0; number -= 1) {
      const [start, end] = [buffered.start(number), buffered.end(number)];
      if (this.newest >= start) return { start, end };
    }
    return null;
  }

  /** Seconds of the source that are tracked in a second. */
  #speed() {
    const first = this.#arrivals[0];
    const last = this.#arrivals.at(-1);
    const passed = (performance.now() - first.at) / 1000;
    return passed > 0.3 ? Math.max(0, (last.media - first.media) / passed) : 1;
  }

  #show(time) {
    if (time < 0) return;
    this.#drawn = time;
    const frame = this.#at(time);
    if (!frame) {
      delete this.element.dataset.frame;
      this.element.dataset.exact = false;
      this.dispatchEvent(new Event("untracked"));
      return;
    }
    this.element.dataset.frame = frame.frame;
    this.element.dataset.exact = Math.abs(frame.media - time) < SAME;
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  /** What was tracked at a time, or last before it. */
  #at(time) {
    let [low, high] = [0, this.#frames.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#frames[middle].media <= time + SAME) low = middle + 1;
      else high = middle;
    }
    const frame = this.#frames[low - 1];
    return frame && time - frame.media < LONGEST_HELD ? frame : null;
  }
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole;
}
