/** The video: which of its frames is shown, and how it is moved to another one. */

import { byId, timeText } from "./elements.js";

// Of how long a frame is shown. Chromium guesses that where the file does not say, and
// may show the frame before: then it is asked for later.
const ATTEMPTS = [0.1, 0.5, 0.9];
const PATIENCE = 80; // milliseconds from the end of a seek to its frame

export class Player extends EventTarget {
  /**
   * Dispatches `frame` when another one is shown.
   *
   * @param media a video element, or what plays like one
   * @param tracks knows when frames are shown
   * @param offset seconds that the medium counts more than the tracks
   */
  constructor(media, tracks, offset) {
    super();
    this.tracks = tracks;
    this.frame = -1;
    this.wanted = null;
    this.replace(media, offset);
    this.#controls();
  }

  /** Go on with another medium, where the first one was. */
  replace(media, offset = 0) {
    this.media = media;
    this.offset = offset;
    this.#follow(media);
    media.addEventListener("seeked", () => setTimeout(() => this.#correct(media), PATIENCE));
    for (const name of ["play", "pause", "ended"]) media.addEventListener(name, () => this.#state());
    this.#state();
    this.seekFrame(this.wanted ?? Math.max(this.frame, 0));
  }

  get seconds() {
    return this.tracks.times[Math.max(this.frame, 0)] ?? 0;
  }

  /** Show the frame of a time. */
  seek(seconds) {
    const frames = this.tracks.times.length;
    this.seekFrame(Math.min(Math.max(this.tracks.frameAt(seconds), 0), frames - 1));
  }

  /** Show a frame by its number, from 0. */
  seekFrame(frame) {
    if (frame >= 0 && frame < this.tracks.times.length) {
      this.wanted = frame;
      this.attempt = 0;
      this.#seek();
    }
  }

  #seek() {
    const within = ATTEMPTS[this.attempt++] * this.tracks.hold(this.wanted);
    this.media.currentTime = this.tracks.times[this.wanted] + within + this.offset;
  }

  /** Seek again where a neighbour is shown instead of the frame that was wanted. */
  #correct(media) {
    if (!media.paused) this.wanted = null;
    const other = media === this.media && this.wanted !== null && this.frame !== this.wanted;
    if (other && !media.seeking && this.attempt < ATTEMPTS.length) this.#seek();
  }

  /** Pause, and show a neighbour. */
  step(by) {
    this.media.pause();
    this.seekFrame((this.wanted ?? this.frame) + by);
  }

  toggle() {
    const isLast = this.frame === this.tracks.times.length - 1;
    if (this.media.ended || (this.media.paused && isLast)) this.seekFrame(0);
    if (this.media.paused) this.media.play().catch(() => {});
    else this.media.pause();
  }

  /** Every frame that the browser shows has its own time: rates may vary. */
  #follow(media) {
    const next = (_, metadata) => {
      this.#show(media, metadata.mediaTime);
      this.#correct(media);
      if (media === this.media) this.#follow(media);
    };
    if (media.requestVideoFrameCallback) media.requestVideoFrameCallback(next);
    else requestAnimationFrame((now) => next(now, { mediaTime: media.currentTime }));
  }

  #show(media, seconds) {
    if (media !== this.media) return;
    const frame = this.tracks.frameAt(seconds - this.offset);
    // The video may go on after the last frame of the page.
    if (!media.paused && seconds - this.offset >= this.tracks.end) {
      media.pause();
      this.seekFrame(frame);
    }
    if (frame === this.frame) return;
    this.frame = frame;
    byId("position").value = this.seconds;
    byId("position").setAttribute("aria-valuetext", timeText(this.seconds));
    const place = `${timeText(this.seconds, true)} / ${timeText(this.tracks.end)}`;
    byId("time").textContent = `${place} · frame ${frame + 1}`;
    this.dispatchEvent(new Event("frame"));
  }

  #state() {
    const playing = !this.media.paused;
    byId("play").classList.toggle("playing", playing);
    byId("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    this.dispatchEvent(new Event("state"));
  }

  #controls() {
    const position = byId("position");
    position.min = this.tracks.start;
    position.max = this.tracks.times.at(-1) ?? 0;
    position.addEventListener("input", () => this.seek(Number(position.value)));
    byId("play").addEventListener("click", () => this.toggle());
    byId("back").addEventListener("click", () => this.step(-1));
    byId("forward").addEventListener("click", () => this.step(1));
    byId("speed").addEventListener("change", (event) => (this.media.playbackRate = Number(event.target.value)));
    byId("mute").addEventListener("click", (event) => {
      this.media.muted = !this.media.muted;
      event.currentTarget.setAttribute("aria-pressed", String(this.media.muted));
    });
    byId("full").addEventListener("click", () => fullScreen());
    byId("overlay").addEventListener("dblclick", () => fullScreen());
  }
}

/** Fill the screen with the video and its boxes, or leave that. */
export function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else byId("stage").requestFullscreen?.().catch(() => {});
}
