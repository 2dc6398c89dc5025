/** Recorded tracks: their boxes by frame and by track, and when frames are shown. */

const ROUNDING = 0.002; // seconds by which containers and browsers round times
const NO_GAP = 0.25; // seconds without a box that interrupt no bar
const TRAIL = 2; // seconds

export class Tracks {
  /**
   * @param columns by name, see `rows.py`: rows are track by track, and in each by time
   * @param data {classes, parts, scoreParts, step} of the page
   */
  constructor(columns, data) {
    this.times = Float64Array.from(columns.time, (micros) => micros / 1e6);
    this.ids = Array.from(columns.id);
    this.step = data.step;
    this.classNames = data.classes;
    this.parts = data.parts;
    this.scoreParts = data.scoreParts;
    this.columns = columns;
    this.starts = new Uint32Array(this.ids.length + 1);
    columns.count.forEach((count, track) => (this.starts[track + 1] = this.starts[track] + count));
    this.trackOf = new Map(this.ids.map((id, track) => [id, track]));
    this.#index();
    this.#count();
  }

  /** Frames in the order of time, each with its rows. */
  #index() {
    const { frame } = this.columns;
    this.frameStarts = new Uint32Array(this.times.length + 1);
    for (let row = 0; row < frame.length; row++) this.frameStarts[frame[row] + 1]++;
    for (let place = 0; place < this.times.length; place++) {
      this.frameStarts[place + 1] += this.frameStarts[place];
    }
    const next = this.frameStarts.slice();
    this.frameRows = new Uint32Array(frame.length);
    this.trackOfRow = new Uint32Array(frame.length);
    for (let track = 0; track < this.ids.length; track++) {
      for (let row = this.starts[track]; row < this.starts[track + 1]; row++) {
        this.trackOfRow[row] = track;
        this.frameRows[next[frame[row]]++] = row;
      }
    }
  }

  /** The class that most boxes of each track have, and all classes. */
  #count() {
    const { class: numbers } = this.columns;
    const all = new Map();
    this.mostly = this.ids.map((_, track) => {
      const counts = new Map();
      for (let row = this.starts[track], begin = row; row < this.starts[track + 1]; row = begin) {
        const number = numbers[row];
        while (begin < this.starts[track + 1] && numbers[begin] === number) begin++;
        counts.set(number, (counts.get(number) ?? 0) + begin - row);
      }
      counts.forEach((_, number) => all.set(number, this.className(number)));
      const [most] = [...counts].reduce((high, entry) => (entry[1] > high[1] ? entry : high));
      return this.className(most);
    });
    this.classes = [...all.keys()].sort((one, other) => one - other);
  }

  /** Seconds until the last frame has been shown. */
  get end() {
    return this.times.length ? this.times.at(-1) + this.step : this.step;
  }

  /** When the first frame is shown: the page may have a part of the video. */
  get start() {
    return this.times[0] ?? 0;
  }

  /** Seconds from the start to the end. */
  get length() {
    return this.end - this.start;
  }

  /** Where a time is between start and end, 0 to 1. */
  share(seconds) {
    return (seconds - this.start) / this.length;
  }

  /** Seconds for which a frame is shown. */
  hold(frame) {
    return frame + 1 < this.times.length ? this.times[frame + 1] - this.times[frame] : this.step;
  }

  /** The number of the frame that is shown at a time, from 0; -1 before the first. */
  frameAt(seconds) {
    let [low, high] = [0, this.times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] <= seconds) low = middle + 1;
      else high = middle;
    }
    const next = this.times[low];
    const near = Math.min(ROUNDING, low ? (next - this.times[low - 1]) / 2 : ROUNDING);
    return next - seconds <= near ? low : low - 1;
  }

  /** The boxes of a frame, in its pixels. */
  boxesAt(frame) {
    if (frame < 0 || frame >= this.times.length) return [];
    const rows = this.frameRows.subarray(this.frameStarts[frame], this.frameStarts[frame + 1]);
    return Array.from(rows, (row) => this.box(row));
  }

  /** The box of a row. */
  box(row) {
    const { x, y, width, height, score } = this.columns;
    return {
      row,
      id: this.ids[this.trackOfRow[row]],
      cls: this.className(this.columns.class[row]),
      score: score[row] / this.scoreParts,
      x: x[row] / this.parts,
      y: y[row] / this.parts,
      w: width[row] / this.parts,
      h: height[row] / this.parts,
    };
  }

  className(number) {
    return this.classNames[number] ?? String(number);
  }

  /** The point that stands for a row: the middle of the lower edge. */
  point(row) {
    const { x, y, width, height } = this.columns;
    return [(x[row] + width[row] / 2) / this.parts, (y[row] + height[row]) / this.parts];
  }

  /** Where a row's track was lately: points with how new each is, 0 to 1. */
  trail(row) {
    const first = this.starts[this.trackOfRow[row]];
    const now = this.times[this.columns.frame[row]];
    const points = [];
    for (let place = row; place >= first; place--) {
      const age = now - this.times[this.columns.frame[place]];
      if (age > TRAIL) break;
      points.push([...this.point(place), 1 - age / TRAIL]);
    }
    return points.reverse();
  }

  /** The times of a track: [[start, end]], gaps as short as a blink left out. */
  spans(track) {
    const spans = [];
    let end = -Infinity;
    for (let row = this.starts[track]; row < this.starts[track + 1]; row++) {
      const frame = this.columns.frame[row];
      if (this.times[frame] - end > NO_GAP) spans.push([this.times[frame], 0]);
      end = this.times[frame] + this.hold(frame);
      spans[spans.length - 1][1] = end;
    }
    return spans;
  }

  /** What pages list of each track. */
  summary(track) {
    const rows = [this.starts[track], this.starts[track + 1]];
    const { frame } = this.columns;
    const [first, last] = [frame[rows[0]], frame[rows[1] - 1]];
    const start = this.times[first];
    const end = this.times[last] + this.hold(last);
    return { id: this.ids[track], cls: this.mostly[track], start, end, rows: rows[1] - rows[0] };
  }
}
