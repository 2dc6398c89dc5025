/** Boxes, labels, trails, lines and zones over a frame, on a canvas that covers it. */

import { colorOf } from "./colors.js";

const FONT = "600 12px system-ui, sans-serif";
const LABEL = 18;
const SHAPE = { line: "#ffd166", zone: "#4cc9f0" };

/**
 * Draw what is known of a frame; what was drawn before is removed.
 *
 * @param canvas covers the frame, in whatever size it has on the page
 * @param size {width, height} of the frame: everything is measured in its pixels
 * @param boxes [{id, cls, score, x, y, w, h, trail}]: cls is a name, score may be
 *   undefined; trail, [[x, y, newness]] with the oldest first and newness from 0 to 1,
 *   may be missing
 * @param parts {boxes, labels, scores, trails: whether each is drawn; selected: an id or
 *   null; shapes: [{name, kind, points}] of the lines and zones to draw}
 */
export function drawOverlay(canvas, size, boxes, parts) {
  const ratio = fit(canvas);
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const view = { width: canvas.width / ratio, height: canvas.height / ratio };
  const across = view.width / size.width;
  const down = view.height / size.height;
  const placed = boxes.map((box) => ({
    ...box,
    left: box.x * across,
    top: box.y * down,
    width: box.w * across,
    height: box.h * down,
    color: colorOf(box.id),
    dimmed: parts.selected !== null && parts.selected !== undefined && box.id !== parts.selected,
  }));
  context.font = FONT;
  for (const shape of parts.shapes ?? []) drawShape(context, shape, across, down);
  if (parts.trails) for (const box of placed) drawTrail(context, box, across, down);
  if (parts.boxes) for (const box of placed) drawBox(context, box);
  if (parts.labels) drawLabels(context, view, placed, parts);
  context.globalAlpha = 1;
}

/** Make a canvas as fine as the screen; returns its pixels to one of the page. */
export function fit(canvas) {
  const ratio = globalThis.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  return ratio;
}

function drawBox(context, box) {
  context.globalAlpha = box.dimmed ? 0.35 : 1;
  context.lineJoin = "round";
  context.strokeStyle = "rgba(0, 0, 0, 0.55)";
  context.lineWidth = 4;
  context.strokeRect(box.left, box.top, box.width, box.height);
  context.strokeStyle = box.color;
  context.lineWidth = 2;
  context.strokeRect(box.left, box.top, box.width, box.height);
}

function drawTrail(context, box, across, down) {
  const trail = box.trail ?? [];
  context.globalAlpha = box.dimmed ? 0.25 : 0.9;
  context.strokeStyle = box.color;
  context.lineCap = "round";
  for (let number = 1; number < trail.length; number++) {
    const [x, y, newness] = trail[number];
    context.lineWidth = 0.5 + 3 * newness;
    context.beginPath();
    context.moveTo(trail[number - 1][0] * across, trail[number - 1][1] * down);
    context.lineTo(x * across, y * down);
    context.stroke();
  }
}

function drawLabels(context, view, boxes, parts) {
  const taken = [];
  const first = [...boxes].sort((one, other) => one.dimmed - other.dimmed);
  for (const box of first) {
    const score = parts.scores && box.score !== undefined ? ` ${box.score.toFixed(2)}` : "";
    const place = freePlace(context, view, box, [`#${box.id} ${box.cls}${score}`, `#${box.id}`], taken);
    taken.push(place);
    context.globalAlpha = box.dimmed ? 0.4 : 1;
    context.fillStyle = box.color;
    context.beginPath();
    context.roundRect(place.left, place.top, place.width, LABEL, 4);
    context.fill();
    context.fillStyle = "#101014";
    context.textBaseline = "middle";
    context.fillText(place.text, place.left + 5, place.top + LABEL / 2 + 0.5);
  }
}

/** Where a label covers no other one: above its box, below it, or in it. */
function freePlace(context, view, box, texts, taken) {
  let place;
  for (const text of texts) {
    const width = Math.ceil(context.measureText(text).width) + 10;
    const left = Math.max(0, Math.min(box.left - 1, view.width - width));
    for (const top of [box.top - LABEL - 2, box.top + box.height + 2, box.top + 2]) {
      if (top < 0 || top + LABEL > view.height) continue;
      place = { text, left, top, width };
      if (!taken.some((other) => overlap(place, other))) return place;
    }
    place ??= { text, left, width, top: Math.max(0, Math.min(box.top, view.height - LABEL)) };
  }
  return place;
}

function overlap(one, other) {
  const across = one.left < other.left + other.width && other.left < one.left + one.width;
  return across && Math.abs(one.top - other.top) < LABEL;
}

function drawShape(context, shape, across, down) {
  const points = shape.points.map(([x, y]) => [x * across, y * down]);
  const color = SHAPE[shape.kind] ?? SHAPE.line;
  context.globalAlpha = 1;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  if (shape.kind === "zone") {
    context.closePath();
    context.globalAlpha = 0.14;
    context.fillStyle = color;
    context.fill();
    context.globalAlpha = 1;
  }
  for (const [style, width] of [["rgba(0, 0, 0, 0.5)", 5], [color, 2.5]]) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  }
  if (shape.kind === "line") drawArrow(context, points, color);
  nameShape(context, shape.name, points, color);
}

/** The way in: to the right of who looks from the first point to the second. */
function drawArrow(context, [[x1, y1], [x2, y2]], color) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [right, ahead] = [[-(y2 - y1) / length, (x2 - x1) / length], [(x2 - x1) / length, (y2 - y1) / length]];
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const at = (along, side) => [x + along * ahead[0] + side * right[0], y + along * ahead[1] + side * right[1]];
  context.fillStyle = color;
  context.beginPath();
  for (const point of [at(-7, 3), at(7, 3), at(0, 15)]) context.lineTo(...point);
  context.closePath();
  context.fill();
}

function nameShape(context, name, points, color) {
  const [x, y] = points.reduce((best, point) => (point[1] < best[1] ? point : best));
  const width = context.measureText(name).width + 10;
  const left = Math.max(0, Math.min(x - width / 2, context.canvas.clientWidth - width));
  const top = Math.max(0, y - LABEL - 4);
  context.fillStyle = "rgba(16, 16, 20, 0.75)";
  context.beginPath();
  context.roundRect(left, top, width, LABEL, 4);
  context.fill();
  context.fillStyle = color;
  context.textBaseline = "middle";
  context.fillText(name, left + 5, top + LABEL / 2 + 0.5);
}
