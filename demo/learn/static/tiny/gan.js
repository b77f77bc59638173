// The training of a tiny GAN: two networks, each corrected by what the other makes of it.

import {
  Tensor, add, backward, crossEntropy, detach, inner, mean, precision, reshape, scale, softplus, subtract, sumRows, times,
} from './autograd.js';
import {Adam} from './adam.js';
import {
  NOISE, embedCaptions, forwardFeatures, generate, makeDiscriminator, makeGenerator, score, slopeOfScore,
} from './nets.js';
import {CAPTIONS, FRAMES, bestCaption, drawReal, instantsOf, randomFrom} from './world.js';

export const SIDE = 8;  // pixels of a frame that the discriminator sees
export const SWITCHES = ['deaf', 'restless', 'unpenalised', 'hasty'];
const RATE = 0.004, HASTE = 10;  // learning rate, and how much faster `hasty` is
const PENALTY = 0.3, PENALTY_EVERY = 4;  // weight of the gradient penalty, which is taken at every fourth D step
const MEASURE_EVERY = 5;  // steps
const CLIP = FRAMES * 3 * SIDE * SIDE;
const EACH = CAPTIONS.map((_, n) => n);  // a batch has one clip of each caption
const MEASURED = EACH.flatMap(n => [n, n, n, n]), MEASURED_FRAMES = 8;
const LOOKED_AT = 7;  // seed of the noise of clips that are shown and measured: the same every time

const parametersOf = net => Object.values(net).flatMap(x => x instanceof Tensor ? [x] : Object.values(x));
const frozen = net =>
  Object.fromEntries(Object.entries(net).map(([k, x]) => [k, x instanceof Tensor ? detach(x) : frozen(x)]));

export class Training {
  constructor(switches = [], seed = 1) {
    this.broken = Object.fromEntries(switches.map(name => [name, true]));
    this.random = randomFrom(seed);
    this.generator = makeGenerator(this.random);
    this.discriminator = makeDiscriminator(CLIP, this.random);
    this.optimizers = {g: new Adam(parametersOf(this.generator)), d: new Adam(parametersOf(this.discriminator))};
    this.steps = {d: 0, g: 0};
    this.history = {losses: [], measured: [this.measure()]};
  }

  get step() { return Math.max(this.steps.d, this.steps.g); }

  // Clips of captions, by their numbers, (N, T x 3 x side x side); `restless` takes new noise for every frame.
  draw(captions, frames, side, random) {
    const instants = instantsOf(frames);
    const noise = rows => new Tensor(rows, NOISE, precision.array.from({length: rows * NOISE}, random.normal));
    if (!this.broken.restless) {
      return generate(this.generator, captions, noise(captions.length), captions.map(() => instants), side);
    }
    const each = captions.flatMap(n => instants.map(() => n)), when = captions.flatMap(() => instants.map(t => [t]));
    return reshape(generate(this.generator, each, noise(each.length), when, side), captions.length);
  }

  realClips() {
    const clips = new Tensor(EACH.length, CLIP);
    for (const n of EACH) drawReal(clips.data.subarray(n * CLIP, (n + 1) * CLIP), CAPTIONS[n], SIDE, this.random);
    return clips;
  }

  // One step of one player, or of both; losses and mean scores go into the history, and now and then a measurement.
  advance({d = true, g = true} = {}) {
    const real = this.realClips(), fake = this.draw(EACH, FRAMES, SIDE, this.random), row = {};
    const rate = RATE * (this.broken.hasty ? HASTE : 1);
    if (d) {
      this.optimizers.d.forget();
      const {loss, game, scores} = this.lossOfDiscriminator(real, detach(fake));
      backward(loss);
      this.optimizers.d.update(rate);
      this.steps.d++;
      Object.assign(row, {d: game.item, real: mean(scores.real).item, fake: mean(scores.fake).item});
    }
    if (g) {
      this.optimizers.g.forget();
      const loss = this.lossOfGenerator(real, fake);
      backward(loss);
      this.optimizers.g.update(rate);
      this.steps.g++;
      row.g = loss.item;
    }
    this.history.losses.push({step: this.step, ...row});
    if (this.step % MEASURE_EVERY === 0) this.history.measured.push(this.measure());
  }

  // Each real clip should score above the generated one of its caption (relativistic pairing), captions should be told
  // apart: that is the game. And scores should not be steep (R1 and R2).
  lossOfDiscriminator(real, fake, penalised = this.steps.d % PENALTY_EVERY === 0) {
    const d = this.discriminator, captions = embedCaptions(d, EACH, this.broken.deaf);
    const seen = {real: forwardFeatures(d, real), fake: forwardFeatures(d, fake)};
    const scores = {real: score(d, seen.real, captions), fake: score(d, seen.fake, captions)};
    const game = add(mean(softplus(subtract(scores.fake, scores.real))), this.captionLoss(seen.real, captions));
    let loss = game;
    if (penalised && !this.broken.unpenalised) {
      for (const clips of [seen.real, seen.fake]) {
        const slope = slopeOfScore(d, clips, captions);
        loss = add(loss, scale(mean(sumRows(times(slope, slope))), PENALTY_EVERY * PENALTY / 2));
      }
    }
    return {loss, game, scores};
  }

  // The same pairing the other way round, and its clips should be told apart by their captions as well.
  lossOfGenerator(real, fake) {
    const d = frozen(this.discriminator), captions = embedCaptions(d, EACH, this.broken.deaf);
    const seen = {real: forwardFeatures(d, real), fake: forwardFeatures(d, fake)};
    const scores = {real: score(d, seen.real, captions), fake: score(d, seen.fake, captions)};
    return add(mean(softplus(subtract(scores.real, scores.fake))), this.captionLoss(seen.fake, captions));
  }

  // Which of the sixteen captions is it? A contrast of each clip with all captions (InfoNCE, van den Oord 2018).
  captionLoss(seen, captions) {
    return this.broken.deaf ? new Tensor(1, 1) : crossEntropy(inner(seen.features, captions));
  }

  // The share of clips that fit their own caption best, and how far their centres stray from a steady path.
  measure() {
    const clips = this.draw(MEASURED, MEASURED_FRAMES, SIDE, randomFrom(LOOKED_AT));
    const clip = k => clips.data.subarray(k * clips.columns, (k + 1) * clips.columns);
    const readings = MEASURED.map((_, k) => bestCaption(clip(k), SIDE));
    const right = readings.filter(({number}, k) => number === MEASURED[k]).length / readings.length;
    return {step: this.step, right, jitter: readings.reduce((sum, {jitter}) => sum + jitter, 0) / readings.length};
  }

  // Clips to look at (captions, T x 3 x side x side), of any size: places and time have no pixels.
  show(captions, frames, side) {
    return this.draw(captions, frames, side, randomFrom(LOOKED_AT)).data;
  }
}
