// The two networks. Generator: a caption and noise -> a texture (what) and a path (where), then the composite.
// Discriminator: a clip and a caption -> a score. Every matrix has one row for each clip.

import {
  LEAK, Tensor, add, beside, inner, leakyRelu, leakySlope, matmul, parameter, precision, rowsOf, scale, sigmoid, sumRows,
  tanh, times, turned,
} from './autograd.js';
import {TEXTURE, composite} from './composite.js';
import {COLOURS, WAYS} from './world.js';

export const NOISE = 4;
const WORD = 16, HIDDEN = 48;  // of the generator: numbers of a word, and of what it makes of them
const SEEN = 64, FEATURES = 32;  // of the discriminator: units of its two layers
const FIT = 0.5;  // scale of its caption embeddings before training
const TINTS = 3 * TEXTURE * TEXTURE;
// A texture's ink before training, as logits: a soft grey disc, seen in the middle and not at the rim.
const SOFT_DISC = new Tensor(1, TINTS, precision.array.from({length: TINTS}, (_, i) => {
  const x = (i % TEXTURE + 0.5) / TEXTURE - 0.5, y = (Math.floor(i / TEXTURE) % TEXTURE + 0.5) / TEXTURE - 0.5;
  return 3 - 9 * Math.hypot(x, y);
}));

// A dense layer, begun so that it keeps the variance of what comes in (He 2015), times `gain`.
function dense(inputs, outputs, random, gain = 1) {
  const spread = gain * Math.sqrt(2 / (1 + LEAK ** 2) / inputs);
  return {weight: parameter(inputs, outputs, () => spread * random.normal()), bias: parameter(1, outputs, () => 0)};
}
const apply = (layer, x) => add(matmul(x, layer.weight), layer.bias);

// The words of captions as vectors, and captions, by their numbers, as the sum of their two words: (captions, size).
function vocabulary(size, random) {
  const table = words => parameter(Object.keys(words).length, size, () => random.normal());
  return {colours: table(COLOURS), ways: table(WAYS)};
}
function embed(words, captions) {
  const ways = words.ways.rows;
  const colours = captions.map(n => Math.floor(n / ways));
  return add(rowsOf(words.colours, colours), rowsOf(words.ways, captions.map(n => n % ways)));
}

export function makeGenerator(random) {
  return {
    words: vocabulary(WORD, random),
    what: dense(WORD + NOISE, HIDDEN, random),
    texture: dense(HIDDEN, TINTS, random, 0.3),
    where: dense(WORD + NOISE, HIDDEN, random),
    path: dense(HIDDEN, 4, random, 0.3),
  };
}

// captions: their numbers; noise (N, NOISE); instants: those of each row -> clips (N, T x 3 x side x side)
export function generate(g, captions, noise, instants, side) {
  const read = beside(embed(g.words, captions), noise);
  const texture = sigmoid(add(apply(g.texture, leakyRelu(apply(g.what, read))), SOFT_DISC));
  const path = tanh(apply(g.path, leakyRelu(apply(g.where, read))));
  return composite(texture, path, instants, side);
}

export function makeDiscriminator(inputs, random) {
  return {
    words: vocabulary(FEATURES, random),
    first: dense(inputs, SEEN, random),
    second: dense(SEEN, FEATURES, random),
    realness: dense(FEATURES, 1, random),
  };
}

// What a discriminator sees in clips: features (N, FEATURES), and the activations on the way.
export function forwardFeatures(d, clips) {
  const first = apply(d.first, clips), second = apply(d.second, leakyRelu(first));
  return {first, second, features: leakyRelu(second)};
}

// Captions as it reads them: (captions, FEATURES). A deaf one gets zeros.
export function embedCaptions(d, captions, deaf) {
  return deaf ? new Tensor(captions.length, FEATURES) : scale(embed(d.words, captions), FIT);
}

// How real each clip looks, and how well its caption fits: (N, 1)
export function score(d, seen, captions) {
  return add(sumRows(times(seen.features, captions)), apply(d.realness, seen.features));
}

// The gradient of each score by its clip, (N, inputs), made of operations that remember, so that a penalty on it can be
// followed: between two kinks of its activations the network is linear, and their slopes are constants.
export function slopeOfScore(d, seen, captions) {
  const bySecond = times(add(captions, turned(d.realness.weight)), leakySlope(seen.second));
  return inner(times(inner(bySecond, d.second.weight), leakySlope(seen.first)), d.first.weight);
}
