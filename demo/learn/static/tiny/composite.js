// A texture is laid where a path says, in every frame (a spatial transformer, Jaderberg 2015), over white.

import {Tensor, precision} from './autograd.js';

export const TEXTURE = 8;  // pixels along a side
const AREA = TEXTURE * TEXTURE, CHANNELS = 3;
const HALF = 0.5;  // half the texture's side in the frame, which reaches from -1 to 1
const REACH = 0.7, SPEED = 1.5;  // of the path's middle, and of its velocity, at most

// Calls `visit(pixel, corners, shares, across, down)` for each pixel of a frame that the texture touches: which four of
// its pixels (-1: none), with which weights, and how these change when the texture goes to the right and down.
function touch(centreX, centreY, side, visit) {
  const rate = TEXTURE / (2 * HALF);  // texture pixels for a unit of the frame
  const corners = [0, 0, 0, 0], shares = [0, 0, 0, 0], across = [0, 0, 0, 0], down = [0, 0, 0, 0];
  const low = centre => Math.max(0, Math.floor((centre - HALF + 1) / 2 * side - 1));
  const high = centre => Math.min(side - 1, Math.ceil((centre + HALF + 1) / 2 * side + 1));
  const at = (pixel, centre) => ((2 * pixel + 1) / side - 1 - centre + HALF) * rate - 0.5;
  for (let row = low(centreY); row <= high(centreY); row++) {
    const ty = at(row, centreY), top = Math.floor(ty), fy = ty - top;
    if (top < -1 || top >= TEXTURE) continue;
    for (let column = low(centreX); column <= high(centreX); column++) {
      const tx = at(column, centreX), left = Math.floor(tx), fx = tx - left;
      if (left < -1 || left >= TEXTURE) continue;
      for (let k = 0; k < 4; k++) {
        const x = left + (k & 1), y = top + (k >> 1);
        corners[k] = x >= 0 && x < TEXTURE && y >= 0 && y < TEXTURE ? y * TEXTURE + x : -1;
        shares[k] = (k & 1 ? fx : 1 - fx) * (k >> 1 ? fy : 1 - fy);
        across[k] = (k & 1 ? -rate : rate) * (k >> 1 ? fy : 1 - fy);
        down[k] = (k & 1 ? fx : 1 - fx) * (k >> 1 ? -rate : rate);
      }
      visit(row * side + column, corners, shares, across, down);
    }
  }
}

// texture (N, 3 TEXTURE²), ink from 0 to 1; path (N, 4): middle x, y and velocity x, y, each from -1 to 1;
// instants: those of each row -> clips (N, T x 3 x side x side), ink
export function composite(texture, path, instants, side) {
  const N = texture.rows, T = instants[0].length, pixels = side * side;
  const centre = (n, t, axis) => REACH * path.data[4 * n + axis] + SPEED * path.data[4 * n + 2 + axis] * (t - 0.5);
  const frames = visit => {
    for (let n = 0; n < N; n++) {
      instants[n].forEach((t, frame) => visit(n, t, (n * T + frame) * CHANNELS * pixels, n * CHANNELS * AREA));
    }
  };
  const out = new Tensor(N, T * CHANNELS * pixels, null, [texture, path], grad => {
    frames((n, t, to, from) => {
      let byX = 0, byY = 0;
      touch(centre(n, t, 0), centre(n, t, 1), side, (pixel, corners, shares, across, down) => {
        for (let k = 0; k < 4; k++) {
          if (corners[k] < 0) continue;
          for (let c = 0; c < CHANNELS; c++) {
            const slope = grad[to + c * pixels + pixel], i = from + c * AREA + corners[k];
            texture.grad[i] += shares[k] * slope;
            byX += across[k] * slope * texture.data[i];
            byY += down[k] * slope * texture.data[i];
          }
        }
      });
      path.grad[4 * n] += REACH * byX;
      path.grad[4 * n + 1] += REACH * byY;
      path.grad[4 * n + 2] += SPEED * (t - 0.5) * byX;
      path.grad[4 * n + 3] += SPEED * (t - 0.5) * byY;
    });
  });
  frames((n, t, to, from) => {
    touch(centre(n, t, 0), centre(n, t, 1), side, (pixel, corners, shares) => {
      for (let k = 0; k < 4; k++) {
        if (corners[k] < 0) continue;
        for (let c = 0; c < CHANNELS; c++) {
          out.data[to + c * pixels + pixel] += shares[k] * texture.data[from + c * AREA + corners[k]];
        }
      }
    });
  });
  return out;
}
