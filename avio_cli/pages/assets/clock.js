/** Plays nothing, as a video would: for pages whose video is not there. */

export class SilentClock extends EventTarget {
  #from;
  #since = null;
  #rate = 1;
  muted = false;

  /** @param tracks {start, end}: seconds */
  constructor({ start, end }) {
    super();
    this.start = this.#from = start;
    this.duration = end;
  }

  get paused() {
    return this.#since === null;
  }

  get currentTime() {
    const gone = this.paused ? 0 : ((performance.now() - this.#since) / 1000) * this.#rate;
    return Math.min(this.#from + gone, this.duration);
  }

  set currentTime(seconds) {
    this.#from = Math.max(this.start, Math.min(seconds, this.duration));
    if (!this.paused) this.#since = performance.now();
    queueMicrotask(() => this.#say("seeked"));
  }

  get playbackRate() {
    return this.#rate;
  }

  set playbackRate(rate) {
    const now = this.currentTime;
    this.#rate = rate;
    this.currentTime = now;
  }

  async play() {
    if (this.currentTime >= this.duration) this.#from = this.start;
    this.#since = performance.now();
    this.#say("play");
  }

  pause() {
    this.#from = this.currentTime;
    this.#since = null;
    this.#say("pause");
  }

  requestVideoFrameCallback(callback) {
    requestAnimationFrame((now) => {
      callback(now, { mediaTime: this.currentTime });
      if (!this.paused && this.currentTime >= this.duration) this.pause();
    });
  }

  #say(name) {
    this.dispatchEvent(new Event(name));
  }
}
