/** What is shown: parts of the drawing, classes, ids; and which track is selected. */

import { byId, chip } from "./elements.js";

const PARTS = { boxes: "Boxes", labels: "Labels", scores: "Scores", trails: "Trails" };
const SHAPES = { line: "Lines", zone: "Zones" };

export class Filters extends EventTarget {
  #hiddenClasses = new Set();
  #hiddenIds = new Set();
  selected = null;

  /**
   * Dispatches `change`.
   *
   * @param classes names
   * @param shapes lines and zones
   */
  constructor(classes, shapes) {
    super();
    this.parts = { boxes: true, labels: true, scores: false, trails: true, line: true, zone: true };
    const kinds = Object.entries(SHAPES).filter(([kind]) => shapes.some((shape) => shape.kind === kind));
    for (const [name, text] of [...Object.entries(PARTS), ...kinds]) {
      byId("parts").append(chip(text, this.parts[name], (on) => this.#set(() => (this.parts[name] = on))));
    }
    for (const name of classes) {
      byId("classes").append(chip(name, true, (on) => this.showClass(name, on)));
    }
    byId("classes").hidden = classes.length < 2;
  }

  /** Whether the boxes of a track are shown. */
  shows(id, cls) {
    return !this.#hiddenIds.has(id) && !this.#hiddenClasses.has(cls);
  }

  showsId(id) {
    return !this.#hiddenIds.has(id);
  }

  showsClass(name) {
    return !this.#hiddenClasses.has(name);
  }

  showClass(name, on) {
    this.#set(() => (on ? this.#hiddenClasses.delete(name) : this.#hiddenClasses.add(name)));
  }

  showId(id, on) {
    this.#set(() => (on ? this.#hiddenIds.delete(id) : this.#hiddenIds.add(id)));
  }

  /** Show all of these ids, or none of them. */
  showIds(ids, on) {
    this.#set(() => ids.forEach((id) => (on ? this.#hiddenIds.delete(id) : this.#hiddenIds.add(id))));
  }

  /** Select a track; null for none. */
  select(id) {
    if (id !== this.selected) this.#set(() => (this.selected = id));
  }

  #set(change) {
    change();
    this.dispatchEvent(new Event("change"));
  }
}
