/** Counts over time, drawn by uPlot. */

import { byId, make, timeText } from "./elements.js";

const MOST = 800; // points across
const PALETTE = ["#3a86ff", "#ff7b00", "#2a9d4a", "#d6336c", "#8a5cf6", "#0a9396", "#b08900", "#c1121f"];

/**
 * Draw all charts.
 *
 * @param tracks what is counted
 * @param data {events, visits} of the page
 * @param player is moved by clicks
 * @returns {follow(seconds), redraw()}
 */
export function drawCharts(tracks, data, player) {
  const charts = [
    chart("At once", atOnce(tracks), tracks, player),
    ...crossedCharts(tracks, data, player),
    ...occupancyCharts(tracks, data, player),
  ];
  const fitAll = () => charts.forEach((each) => each.fit());
  new ResizeObserver(fitAll).observe(byId("charts"));
  return {
    follow: (seconds) => charts.forEach((each) => each.follow(seconds)),
    redraw: () => charts.forEach((each) => each.plot.redraw(false)),
  };
}

/** How many boxes frames have, in total and by class: the most in each step of time. */
function atOnce(tracks) {
  const steps = Math.min(MOST, Math.max(tracks.times.length, 1));
  const { classes } = tracks;
  const names = classes.map((number) => tracks.className(number));
  const series = [...(classes.length > 1 ? ["all"] : []), ...names].map((name) => ({ name, values: new Array(steps).fill(null) }));
  const first = series.length - classes.length;
  const place = [];
  classes.forEach((number, index) => (place[number] = index + first));
  const counts = new Array(series.length);
  for (let frame = 0; frame < tracks.times.length; frame++) {
    const step = Math.min(Math.floor(tracks.share(tracks.times[frame]) * steps), steps - 1);
    counts.fill(0);
    for (let at = tracks.frameStarts[frame]; at < tracks.frameStarts[frame + 1]; at++) {
      counts[place[tracks.columns.class[tracks.frameRows[at]]]]++;
      if (first) counts[0]++;
    }
    counts.forEach((count, index) => (series[index].values[step] = Math.max(series[index].values[step] ?? 0, count)));
  }
  // A frame may be shown for longer than a step.
  series.forEach(({ values }) => values.forEach((value, step) => (values[step] = value ?? values[step - 1] ?? 0)));
  const times = Array.from({ length: steps }, (_, step) => tracks.start + (step / steps) * tracks.length);
  return { times, series };
}

/** How often each line or zone was crossed, in and out. */
function crossedCharts(tracks, { events }, player) {
  const names = [...new Set(events.map(([, name]) => name))];
  if (!names.length) return [];
  const ways = names.flatMap((name) => [[name, "in"], [name, "out"]]);
  const used = ways.filter(([name, way]) => events.some((event) => event[1] === name && event[3] === way));
  const times = [...new Set([tracks.start, ...events.map(([seconds]) => seconds), tracks.end])].sort((a, b) => a - b);
  const series = used.map(([name, way]) => {
    const mine = events.filter((event) => event[1] === name && event[3] === way).map(([seconds]) => seconds);
    return { name: `${name} ${way}`, values: stepped(times, mine, []) };
  });
  return [chart("Crossed", { times, series }, tracks, player)];
}

/** How many tracks were in each zone. */
function occupancyCharts(tracks, { visits }, player) {
  if (!visits.length) return [];
  const names = [...new Set(visits.map(([zone]) => zone))];
  const bounds = visits.flatMap(([, , start, end]) => [start, end]);
  const times = [...new Set([tracks.start, ...bounds, tracks.end])].sort((a, b) => a - b);
  const series = names.map((name) => {
    const mine = visits.filter(([zone]) => zone === name);
    return { name, values: stepped(times, mine.map((visit) => visit[2]), mine.map((visit) => visit[3])) };
  });
  return [chart("In zones", { times, series }, tracks, player)];
}

/** At each time, how many began until then and have not ended. */
function stepped(times, starts, ends) {
  const [begun, ended] = [[...starts], [...ends]].map((list) => list.sort((a, b) => a - b));
  let [first, second] = [0, 0];
  return times.map((time) => {
    while (begun[first] <= time) first++;
    while (ended[second] <= time) second++;
    return first - second;
  });
}

function chart(title, { times, series }, { start, end }, player) {
  const place = make("div", { className: "plot" });
  const figure = make("figure", {}, make("figcaption", {}, make("b", { textContent: title }), legend(series)), place);
  byId("charts").append(figure);
  const paths = uPlot.paths.stepped({ align: 1 });
  const options = {
    width: place.clientWidth || 320,
    height: 130,
    scales: { x: { time: false, range: [start, end] }, y: { range: (_, __, most) => [0, Math.max(1, most) * 1.08] } },
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    axes: [axis({ values: (_, ticks) => timesText(ticks), size: 26, space: 64 }), axis({ size: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000] })],
    series: [{}, ...series.map(({ name }, index) => ({ label: name, stroke: PALETTE[index % PALETTE.length], width: 1.75, fill: series.length === 1 ? `${PALETTE[0]}2e` : undefined, points: { show: false }, paths }))],
  };
  const plot = new uPlot(options, [times, ...series.map(({ values }) => values)], place);
  const head = make("div", { className: "playhead" });
  plot.over.append(head);
  plot.over.addEventListener("click", () => player.seek(plot.posToVal(plot.cursor.left, "x")));
  figure.querySelectorAll("input").forEach((box, index) => {
    box.addEventListener("change", () => plot.setSeries(index + 1, { show: box.checked }));
  });
  return {
    plot,
    fit: () => plot.setSize({ width: place.clientWidth, height: 130 }),
    follow: (seconds) => (head.style.left = `${plot.valToPos(Math.min(seconds, end), "x")}px`),
  };
}

/** Times of ticks, as fine as the step between them. */
function timesText(ticks) {
  const fine = ticks.some((tick) => !Number.isInteger(tick));
  return ticks.map((tick) => timeText(tick, fine));
}

function axis(rest) {
  const color = (name) => () => {
    const probe = byId("charts").appendChild(make("i", { style: { color: `var(${name})` } }));
    const { color: resolved } = getComputedStyle(probe);
    probe.remove();
    return resolved;
  };
  return { stroke: color("--quiet"), grid: { stroke: color("--rule"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif", ...rest };
}

function legend(series) {
  const chips = series.map(({ name }, index) => {
    const box = make("input", { type: "checkbox", checked: true });
    const dot = make("i", { className: "dot", style: { background: PALETTE[index % PALETTE.length] } });
    return make("label", { className: "chip small" }, box, dot, name);
  });
  return make("span", { className: "legend" }, ...chips);
}
