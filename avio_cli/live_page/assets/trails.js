const SECONDS = 2;

/** Where tracks were in the last seconds; forgets all where time jumps back. */
export class Trails {
  #points = new Map();
  #time = -Infinity;

  add(time, boxes) {
    if (time < this.#time) this.#points.clear();
    this.#time = time;
    for (const { id, x, y, w, h } of boxes) {
      const points = this.#points.get(id) ?? [];
      points.push({ time, x: x + w / 2, y: y + h });
      this.#points.set(id, points);
    }
    for (const [id, points] of this.#points) {
      while (points.length && time - points[0].time > SECONDS) points.shift();
      if (!points.length) this.#points.delete(id);
    }
  }

  /** Points of a track, the oldest first: [x, y, newness], which is from 0 to 1. */
  of(id) {
    const points = this.#points.get(id) ?? [];
    return points.map(({ time, x, y }) => [x, y, 1 - (this.#time - time) / SECONDS]);
  }
}
