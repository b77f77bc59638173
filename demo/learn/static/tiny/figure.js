// Chapter 6 on the page: draws the worker's state into the figure that the server has laid out (`chapters/tiny.py`).

import {SWITCHES} from './gan.js';

const FIGURE = '#figure-6', PLAY_MS = 100;
const LEFT = 46, TOP = 22, WIDE = 206, HIGH = 110;  // of a plot's inside
const LEAST_STEPS = 100;  // that a plot is wide
const part = name => document.querySelector(`${FIGURE} [data-tiny="${name}"]`);
const write = (e, words) => {  // into the text that is there: slides are laid out anew when elements come or go
  if (e && e.textContent !== words) (e.firstChild ?? e.appendChild(new Text())).data = words;
};

let state = null, worker = null;
const healthy = await (await fetch(new URL('healthy.json', import.meta.url))).json();

function switchedOn() {
  return SWITCHES.filter(name => document.querySelector(`#switch-${name} input`)?.checked);
}

function begin(then) {
  if (!worker) {
    worker = new Worker(new URL('worker.js', import.meta.url), {type: 'module'});
    worker.onmessage = ({data}) => { state = data; draw(); };
    worker.onerror = error => write(part('status'), error.message);
  }
  worker.postMessage({do: 'begin', switches: switchedOn()});
  if (then) worker.postMessage({do: then});
}

// A button was pressed, by its name, or a switch was set: then all begins anew and runs.
export function press(name) {
  if (name === 'switch') begin('run');
  else if (name === 'reset') begin('halt');
  else if (!worker) begin(name);
  else worker.postMessage({do: name});
}

// As soon as the figure is there it shows an untrained network.
export function refresh() {
  if (!part('status')) return;
  if (!worker) begin();
  else if (state) draw();
}

function draw() {
  const {d, g} = state.steps, {right, jitter} = state.history.measured.at(-1), status = part('status');
  if (!status) return;
  const values = {d, g, right: `${Math.round(100 * right)}%`, jitter: `${(100 * jitter).toFixed(1)}%`};
  write(status, status.dataset.template.replace(/\[(\w+)\]/g, (_, name) => values[name]));
  part('ended').hidden = !state.ended;
  for (const plot of document.querySelectorAll(`${FIGURE} svg[data-plot]`)) drawPlot(plot);
}

// The lines of a plot, and behind that of right clips, where something is broken, the recorded one.
function drawPlot(plot) {
  const rows = plot.dataset.plot === 'measured' ? 'measured' : 'losses';
  const lines = [...plot.querySelectorAll('[data-line]')].map(line => {
    const recorded = line.dataset.line === 'healthy', name = recorded ? 'right' : line.dataset.line;
    const history = recorded ? (state.broken.length ? healthy : []) : state.history[rows];
    return [line, history.filter(row => Number.isFinite(row[name])).map(row => [row.step, row[name]])];
  });
  const last = Math.max(LEAST_STEPS, Math.max(state.steps.d, state.steps.g));
  const shown = lines.flatMap(([, points]) => points.filter(([step]) => step <= last).map(([, value]) => value));
  const [low, high] = rows === 'measured' ? [0, 1] : [Math.min(0, ...shown), Math.max(1, ...shown)];
  for (const [line, points] of lines) {
    line.setAttribute('points', points.filter(([step]) => step <= last).map(([step, value]) =>
      `${(LEFT + WIDE * step / last).toFixed(1)},${(TOP + HIGH * (high - value) / (high - low)).toFixed(1)}`).join(' '));
  }
  const number = value => rows === 'measured' ? `${100 * value}%` : value.toFixed(1);
  write(plot.querySelector('[data-axis=low]'), number(low));
  write(plot.querySelector('[data-axis=high]'), number(high));
  write(plot.querySelector('[data-axis=last]'), String(last));
}

// The clips play by themselves; who asked for less motion sees their middle.
const still = matchMedia('(prefers-reduced-motion: reduce)');
setInterval(() => {
  if (!state || !part('status')?.checkVisibility()) return;
  const {frames, side, clips} = state, area = side * side;
  const frame = still.matches ? frames >> 1 : Math.floor(performance.now() / PLAY_MS) % frames;
  document.querySelectorAll(`${FIGURE} canvas`).forEach((canvas, k) => {
    const picture = new ImageData(side, side), from = (k * frames + frame) * 3 * area;
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++) picture.data[4 * i + c] = 255 * (1 - clips[from + c * area + i]);
      picture.data[4 * i + 3] = 255;
    }
    canvas.width = canvas.height = side;
    canvas.getContext('2d').putImageData(picture, 0, 0);
  });
}, PLAY_MS);
