/** Where tracks were: a heat map and their paths, over a still of the video. */

import { colorOf } from "./colors.js";
import { byId, chip } from "./elements.js";
import { drawOverlay, fit } from "./overlay.js";

const STEP = 8; // pixels of the frame to one of the heat map
const MOST = 1024; // places of the heat map across or down
const WIDEST = 64; // places by which it is smoothed, at most
const FULL = 2; // seconds in one place that have the hottest colour, at least
const LONGEST = 1; // seconds between frames that count: a gap is no stay
const SPACING = 3; // pixels of the page between points of a path
const RAMP = [[20, 40, 200], [0, 200, 230], [60, 220, 60], [255, 210, 0], [230, 30, 20]];

export class TrackMap {
  /**
   * @param tracks what is shown
   * @param data {still, shapes, frame} of the page
   * @param filters which tracks are shown
   */
  constructor(tracks, data, filters) {
    Object.assign(this, { tracks, data, filters, canvas: byId("map") });
    this.layers = { heat: true, paths: false };
    for (const [name, text] of [["heat", "Heat"], ["paths", "Paths"]]) {
      const change = (on) => ((this.layers[name] = on), this.draw());
      byId("layers").append(chip(text, this.layers[name], change));
    }
    this.canvas.style.aspectRatio = data.frame.aspect;
    this.still = new Image();
    this.still.addEventListener("load", () => this.draw());
    if (data.still) this.still.src = data.still;
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** The classes or ids that are shown have changed. */
  update() {
    this.heat = null;
    this.draw();
  }

  draw() {
    const { canvas, data } = this;
    const shapes = data.shapes.filter(({ kind }) => this.filters.parts[kind]);
    drawOverlay(canvas, data.frame, [], { shapes });
    const context = canvas.getContext("2d");
    const ratio = fit(canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    // Shapes are above all the rest.
    context.globalCompositeOperation = "destination-over";
    if (this.layers.paths) this.#drawPaths(context, ratio);
    if (this.layers.heat) this.#drawHeat(context);
    this.#drawStill(context);
    context.globalCompositeOperation = "source-over";
  }

  #drawStill(context) {
    const { width, height } = this.canvas;
    if (this.still.complete && this.still.naturalWidth) {
      context.drawImage(this.still, 0, 0, width, height);
    } else {
      context.fillStyle = "#16181d";
      context.fillRect(0, 0, width, height);
    }
  }

  #drawHeat(context) {
    this.heat ??= this.#heatMap();
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.heat, 0, 0, this.canvas.width, this.canvas.height);
  }

  #drawPaths(context, ratio) {
    const { tracks, canvas, data, filters } = this;
    const [across, down] = [canvas.width / data.frame.width, canvas.height / data.frame.height];
    context.lineJoin = context.lineCap = "round";
    const order = tracks.ids.map((id, track) => [id, track]);
    order.sort(([one], [other]) => (other === filters.selected) - (one === filters.selected));
    for (const [id, track] of order) {
      if (!filters.shows(id, tracks.mostly[track])) continue;
      const dimmed = filters.selected !== null && id !== filters.selected;
      context.globalAlpha = dimmed ? 0.2 : 0.9;
      context.strokeStyle = colorOf(id);
      context.lineWidth = (id === filters.selected ? 3.5 : 2) * ratio;
      context.beginPath();
      let last = null;
      for (let row = tracks.starts[track]; row < tracks.starts[track + 1]; row++) {
        const [x, y] = tracks.point(row);
        const point = [x * across, y * down];
        const near = last && Math.hypot(point[0] - last[0], point[1] - last[1]) < SPACING * ratio;
        if (!near) context.lineTo(...(last = point));
      }
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** As avio draws it: coloured by the root of the time, fading where there was little. */
  #heatMap() {
    const { width, height } = this.data.frame;
    const step = Math.max(STEP, width / MOST, height / MOST);
    const size = [Math.ceil(width / step), Math.ceil(height / step)];
    const { seconds, spread } = this.#seconds(size, step);
    const smooth = blur(seconds, size, Math.min(Math.max(spread / step / 3, 0.8), WIDEST));
    const most = smooth.reduce((high, value) => Math.max(high, value), FULL / 8);
    const image = new ImageData(...size);
    smooth.forEach((value, place) => image.data.set(shade(Math.sqrt(value / most)), 4 * place));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = size;
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  }

  /** Seconds in each place, and the mean width of the boxes. */
  #seconds([columns, rows], step) {
    const { tracks, filters } = this;
    const { frame, x, y, width, height } = tracks.columns;
    const cell = step * tracks.parts;
    const seconds = new Float32Array(columns * rows);
    let [sum, count] = [0, 0];
    tracks.ids.forEach((id, track) => {
      if (!filters.shows(id, tracks.mostly[track])) return;
      for (let row = tracks.starts[track]; row < tracks.starts[track + 1]; row++) {
        const across = Math.floor((x[row] + width[row] / 2) / cell);
        const down = Math.min(Math.floor((y[row] + height[row]) / cell), rows);
        sum += width[row] / tracks.parts;
        count++;
        if (across >= 0 && down >= 0 && across < columns) {
          seconds[Math.min(down, rows - 1) * columns + across] += Math.min(tracks.hold(frame[row]), LONGEST);
        }
      }
    });
    return { seconds, spread: count ? sum / count : STEP };
  }
}

/** A Gaussian, along rows and then columns. */
function blur(values, [columns, rows], sigma) {
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, place) => Math.exp(-0.5 * ((place - reach) / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight);
  const pass = (source, step, length, count, stride) => {
    const result = new Float32Array(source.length);
    for (let line = 0; line < count; line++) {
      for (let place = 0; place < length; place++) {
        let sum = 0;
        for (let by = -reach; by <= reach; by++) {
          const other = place + by;
          if (other >= 0 && other < length) sum += weights[by + reach] * source[line * stride + other * step];
        }
        result[line * stride + place * step] = sum / total;
      }
    }
    return result;
  };
  return pass(pass(values, 1, columns, rows, columns), columns, rows, columns, 1);
}

function shade(level) {
  const place = Math.min(level, 1) * (RAMP.length - 1);
  const index = Math.min(Math.floor(place), RAMP.length - 2);
  const share = place - index;
  const color = RAMP[index].map((part, channel) => part + share * (RAMP[index + 1][channel] - part));
  return [...color, 255 * 0.65 * Math.min(level / 0.4, 1)];
}
