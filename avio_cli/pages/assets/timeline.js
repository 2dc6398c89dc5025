/** One bar a track over the time of the video. */

import { colorOf } from "./colors.js";
import { byId, durationText, make, timeText } from "./elements.js";

const ORDERS = {
  first: (one, other) => one.start - other.start || one.id - other.id,
  longest: (one, other) => other.end - other.start - (one.end - one.start),
  id: (one, other) => one.id - other.id,
};
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const TICK = 90; // pixels between two times of the scale, at least
const MOST = 1024; // times that it can be zoomed in

export class Timeline {
  #zoom = 1;

  /**
   * @param tracks what is listed
   * @param crops addresses of images by id
   * @param filters which of them are shown, and which one is selected
   * @param player is moved by clicks
   */
  constructor(tracks, crops, filters, player) {
    Object.assign(this, { tracks, filters, player, scroller: byId("timeline") });
    this.scale = make("div", { className: "lane" });
    this.head = make("div", { className: "playhead" });
    this.list = make("ul", { aria: { label: "Tracks" } });
    const axis = make("div", { className: "axis", ariaHidden: "true" }, make("div", { className: "who" }), this.scale);
    this.rows = make("div", { className: "rows" }, axis, this.list, this.head);
    this.scroller.append(this.rows);
    this.summaries = tracks.ids.map((_, track) => tracks.summary(track));
    this.items = new Map(this.summaries.map((item, track) => [item.id, this.#row(item, track, crops[item.id])]));
    this.#order("first");
    this.#listen();
    this.update();
    this.zoom(1);
  }

  #row(item, track, crop) {
    const name = `#${item.id} ${item.cls}`;
    const when = `${timeText(item.start)} to ${timeText(item.end)}`;
    const shown = make("input", { type: "checkbox", checked: true, tabIndex: -1, aria: { label: `Show ${name}` } });
    shown.addEventListener("change", () => this.filters.showId(item.id, shown.checked));
    const image = crop ? [make("img", { src: crop, alt: "", loading: "lazy" })] : [make("i", { className: "no-crop" })];
    const label = make("span", {}, make("b", { textContent: `#${item.id}` }), make("small", { textContent: item.cls }));
    const pick = make("button", { type: "button", className: "pick", tabIndex: -1, aria: { pressed: "false", label: `Select ${name}` } }, ...image, label);
    const bar = make("button", { type: "button", className: "track-bar", tabIndex: -1, title: `${name}, ${when}`, aria: { label: `${name}, ${when}, ${durationText(item.end - item.start)}` } });
    const length = item.end - item.start || 1;
    this.#place(bar, this.tracks.share(item.start), length / this.tracks.length);
    for (const [start, end] of this.tracks.spans(track)) {
      const span = make("i");
      this.#place(span, (start - item.start) / length, (end - start) / length);
      bar.append(span);
    }
    pick.addEventListener("click", () => this.#pick(item));
    bar.addEventListener("click", (event) => this.#goTo(item, event));
    const lane = make("div", { className: "lane" }, bar);
    const row = make("li", { dataset: { id: item.id }, style: { "--color": colorOf(item.id) } });
    row.append(make("div", { className: "who" }, shown, pick), lane);
    return { item, row, shown, pick, bar };
  }

  #place(element, left, width) {
    element.style.left = `${100 * left}%`;
    element.style.width = `${100 * width}%`;
  }

  #pick(item) {
    const selected = this.filters.selected === item.id;
    this.filters.select(selected ? null : item.id);
    const { seconds } = this.player;
    if (!selected && (seconds < item.start || seconds >= item.end)) this.player.seek(item.start);
  }

  /** A click goes to the time under the pointer, a key to the start of the track. */
  #goTo(item, event) {
    event.stopPropagation();
    this.filters.select(item.id);
    const within = event.detail ? this.#timeAt(event.clientX) : item.start;
    this.player.seek(Math.min(Math.max(within, item.start), item.end - 1e-3));
  }

  #timeAt(clientX) {
    const { left, width } = this.scale.getBoundingClientRect();
    return this.tracks.start + ((clientX - left) / width) * this.tracks.length;
  }

  #order(name) {
    const items = [...this.items.values()].sort((one, other) => ORDERS[name](one.item, other.item));
    this.list.replaceChildren(...items.map(({ row }) => row));
    this.#rove(items[0]);
  }

  /** Only the controls of one row are stops of the tab key. */
  #rove(current) {
    for (const item of this.items.values()) {
      const stop = item === current ? 0 : -1;
      item.shown.tabIndex = item.pick.tabIndex = item.bar.tabIndex = stop;
    }
  }

  #listen() {
    byId("order").addEventListener("change", (event) => this.#order(event.target.value));
    byId("in").addEventListener("click", () => this.zoom(this.#zoom * 2));
    byId("out").addEventListener("click", () => this.zoom(this.#zoom / 2));
    byId("all").addEventListener("click", () => {
      const all = this.tracks.ids.every((id) => this.filters.showsId(id));
      this.filters.showIds(this.tracks.ids, !all);
    });
    this.rows.addEventListener("click", (event) => {
      if (event.target.classList.contains("lane")) this.player.seek(this.#timeAt(event.clientX));
    });
    this.scroller.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.list.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("focusin", (event) => {
      this.#rove(this.items.get(Number(event.target.closest("li").dataset.id)));
    });
    new ResizeObserver(() => this.#ticks()).observe(this.scroller);
    this.scroller.addEventListener("scroll", () => this.#ticks());
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(this.#zoom * 1.25 ** -Math.sign(event.deltaY), this.#timeAt(event.clientX));
  }

  #key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const row = event.target.closest("li");
    const kind = ["shown", "pick", "bar"].find((name) => this.items.get(Number(row.dataset.id))[name] === event.target);
    let next = by > 0 ? row.nextElementSibling : row.previousElementSibling;
    while (next?.hidden) next = by > 0 ? next.nextElementSibling : next.previousElementSibling;
    if (next) this.items.get(Number(next.dataset.id))[kind].focus();
  }

  /** Zoom; a time, that of the frame shown by default, stays where it is. */
  zoom(factor, around = this.player.seconds) {
    const before = this.#offset(around);
    this.#zoom = Math.min(Math.max(factor, 1), MOST);
    this.rows.style.setProperty("--zoom", this.#zoom);
    byId("out").disabled = this.#zoom === 1;
    this.scroller.scrollLeft += this.#offset(around) - before;
    this.#ticks();
  }

  #offset(seconds) {
    const { left, width } = this.scale.getBoundingClientRect();
    return left + this.tracks.share(seconds) * width;
  }

  /** Times of the scale, as far as they are seen. */
  #ticks() {
    const width = this.scale.clientWidth;
    const { start, length, end } = this.tracks;
    const step = STEPS.find((seconds) => (seconds / length) * width >= TICK) ?? Math.ceil((TICK / width) * length);
    const first = Math.floor((start + ((this.scroller.scrollLeft - TICK) / width) * length) / step);
    const last = Math.ceil((start + ((this.scroller.scrollLeft + this.scroller.clientWidth) / width) * length) / step);
    const ticks = [];
    for (let number = Math.max(Math.ceil(start / step), first); number <= last && number * step < end; number++) {
      const tick = make("span", { textContent: timeText(number * step, step < 1) });
      tick.style.left = `${100 * this.tracks.share(number * step)}%`;
      ticks.push(tick);
    }
    this.scale.replaceChildren(...ticks);
  }

  /** Show what the filters say. */
  update() {
    for (const { item, row, shown, pick } of this.items.values()) {
      row.hidden = !this.filters.showsClass(item.cls);
      shown.checked = this.filters.showsId(item.id);
      row.classList.toggle("off", !shown.checked);
      const selected = this.filters.selected === item.id;
      row.classList.toggle("selected", selected);
      pick.setAttribute("aria-pressed", String(selected));
    }
    const all = this.tracks.ids.every((id) => this.filters.showsId(id));
    byId("all").setAttribute("aria-pressed", String(all));
  }

  /** Bring the row of a track into view. */
  reveal(id) {
    const row = this.items.get(id)?.row;
    if (!row) return;
    const [head, middle] = [this.scale.offsetHeight, (this.scroller.clientHeight - row.offsetHeight) / 2];
    const top = row.offsetTop - this.scroller.scrollTop;
    const seen = top >= head && top + row.offsetHeight <= this.scroller.clientHeight;
    if (!seen) this.scroller.scrollTop = row.offsetTop - middle;
  }

  /** Follow the video. */
  follow(seconds) {
    const share = Math.min(this.tracks.share(seconds), 1);
    this.head.style.left = `calc(var(--who) + (100% - var(--who)) * ${share})`;
    if (this.#zoom === 1 || this.player.media.paused) return;
    const [place, { left, right }] = [this.#offset(seconds), this.scroller.getBoundingClientRect()];
    if (place < left || place > right - 40) this.scroller.scrollLeft += place - (left + right) / 2;
  }
}
