// The world of the tiny GAN: a disc in one of four colours goes one of four ways over white, so there are 16 captions.
// A clip is a row of FRAMES x 3 x side x side numbers: how much ink of red, green and blue is taken from white, 0 to 1.
// Places reach from -1 to 1, x to the right, y down.

export const COLOURS = {red: [220, 40, 40], yellow: [245, 210, 40], green: [40, 160, 80], blue: [45, 90, 220]};
export const WAYS = {left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1]};
export const FRAMES = 4;
export const RADIUS = 0.4;
const TRAVEL = [0.6, 1.2], ASIDE = 0.5;

export const CAPTIONS = Object.keys(COLOURS).flatMap(colour => Object.keys(WAYS).map(way => ({colour, way})));
export const caption = ({colour, way}) => `${colour} disc moving ${way}`;
export const instantsOf = count => Array.from({length: count}, (_, k) => count > 1 ? k / (count - 1) : 0.5);

// Random numbers from 0 to 1 that follow from a seed (mulberry32), and from the normal distribution (Box and Muller).
export function randomFrom(seed) {
  let state = seed | 0;
  const uniform = () => {
    state = state + 0x6d2b79f5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {uniform, normal};
}

// One real clip, with a start and a speed of its own, drawn into `clip`.
export function drawReal(clip, {colour, way}, side, random) {
  const [across, down] = WAYS[way], travel = TRAVEL[0] + (TRAVEL[1] - TRAVEL[0]) * random.uniform();
  const middle = [ASIDE * (2 * random.uniform() - 1), ASIDE * (2 * random.uniform() - 1)];
  const free = 1 - RADIUS / 2 - travel / 2;  // so that the disc stays in the frame
  if (across) middle[0] *= Math.max(0, free) / ASIDE; else middle[1] *= Math.max(0, free) / ASIDE;
  instantsOf(FRAMES).forEach((t, frame) => {
    const x0 = middle[0] + across * travel * (t - 0.5), y0 = middle[1] + down * travel * (t - 0.5);
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const x = (2 * column + 1) / side - 1, y = (2 * row + 1) / side - 1;
        const inside = (RADIUS - Math.hypot(x - x0, y - y0)) * side / 2 + 0.5;
        const cover = Math.min(1, Math.max(0, inside));
        for (let channel = 0; channel < 3; channel++) {
          clip[((frame * 3 + channel) * side + row) * side + column] = cover * (1 - COLOURS[colour][channel] / 255);
        }
      }
    }
  });
}

// Which caption (its number) fits a clip best: the nearest colour, and the way that the centre of the ink goes; and how
// far the centre strays from a steady path, as a share of the frame. Something always fits best: a generator that ignores
// the caption is right by luck, one time in sixteen.
export function bestCaption(clip, side) {
  const area = side * side, frames = clip.length / 3 / area, centres = [], colour = [0, 0, 0];
  let all = 1e-9;
  for (let frame = 0; frame < frames; frame++) {
    let total = 1e-9, x = 0, y = 0;
    for (let i = 0; i < area; i++) {
      const at = 3 * frame * area + i, r = clip[at], g = clip[at + area], b = clip[at + 2 * area], ink = Math.max(r, g, b);
      total += ink;
      x += ink * (i % side + 0.5) / side;
      y += ink * (Math.floor(i / side) + 0.5) / side;
      colour[0] += ink * r;
      colour[1] += ink * g;
      colour[2] += ink * b;
    }
    centres.push([x / total, y / total]);
    all += total;
  }
  const mean = colour.map(sum => 255 * (1 - sum / all));
  const far = Object.values(COLOURS).map(known => known.reduce((sum, v, c) => sum + (v - mean[c]) ** 2, 0));
  const path = [0, 1].map(axis => centres.reduce((sum, point, k) => sum + point[axis] * (k - (frames - 1) / 2), 0));
  const along = Object.values(WAYS).map(([across, down]) => across * path[0] + down * path[1]);
  const strays = centres.slice(2).map((point, k) =>
    Math.hypot(...[0, 1].map(axis => point[axis] - 2 * centres[k + 1][axis] + centres[k][axis])) / 2);
  return {
    number: far.indexOf(Math.min(...far)) * along.length + along.indexOf(Math.max(...along)),
    jitter: strays.reduce((sum, v) => sum + v, 0) / strays.length,
  };
}
