// The training runs here, beside the page, so that the page stays quick. It gets {do: what, switches: [name, ...]} and
// posts the state that the figure shows.

import {Training} from './gan.js';
import {CAPTIONS} from './world.js';

const MOST_STEPS = 500;
const PACES_MS = {run: 50, slow: 600};  // from one step to the next, or longer where the machine is slow
const POST_EVERY_MS = 100;
const SHOWN = [0, 5, 10, 15], FRAMES = 8, SIDE = 32;  // a clip of each colour and of each way, to look at

let training, pace = '', postedAt = 0;

function post() {
  postedAt = performance.now();
  postMessage({
    steps: training.steps, pace, ended: training.step >= MOST_STEPS, broken: Object.keys(training.broken),
    history: training.history, captions: SHOWN.map(n => CAPTIONS[n]), frames: FRAMES, side: SIDE,
    clips: training.show(SHOWN, FRAMES, SIDE),
  });
}

function advance(players) {
  if (training.step < MOST_STEPS) training.advance(players);
  if (training.step >= MOST_STEPS) pace = '';
}

function beat() {
  if (!pace) return;
  const began = performance.now();
  advance();
  if (!pace || performance.now() - postedAt >= POST_EVERY_MS) post();
  setTimeout(beat, Math.max(0, PACES_MS[pace] - (performance.now() - began)));
}

onmessage = ({data}) => {
  const ran = pace !== '';
  if (data.do === 'begin') training = new Training(data.switches);
  else if (data.do in PACES_MS) pace = training.step < MOST_STEPS ? data.do : '';
  else if (data.do === 'halt') pace = '';
  else {
    pace = '';
    advance({d: data.do !== 'g_step', g: data.do !== 'd_step'});
  }
  post();
  if (pace && !ran) beat();
};
