// Reverse-mode differentiation: matrices that remember how they were made, so that gradients can be followed back.
// A Tensor is (rows, columns); `backward` adds d(loss)/d(tensor) to the `grad` of every tensor on the way.

export const precision = {array: Float64Array};  // as fast as Float32Array here, and gradients can be checked

export class Tensor {
  constructor(rows, columns, data, parents = [], back = null) {
    this.rows = rows;
    this.columns = columns;
    this.data = data ?? new precision.array(rows * columns);
    this.parents = parents.filter(parent => parent.tracked);
    this.back = this.parents.length ? back : null;
    this.tracked = this.back !== null;
    this.grad = this.tracked ? new precision.array(this.data.length) : null;
  }

  get item() { return this.data[0]; }
}

// A matrix that training adjusts.
export function parameter(rows, columns, make) {
  const tensor = new Tensor(rows, columns, precision.array.from({length: rows * columns}, make));
  tensor.tracked = true;
  tensor.grad = new precision.array(rows * columns);
  return tensor;
}

// The same numbers, through which no gradient goes.
export const detach = x => new Tensor(x.rows, x.columns, x.data);

export function backward(loss) {
  const order = [], seen = new Set();
  const visit = x => {
    if (seen.has(x)) return;
    seen.add(x);
    x.parents.forEach(visit);
    order.push(x);
  };
  visit(loss);
  loss.grad[0] = 1;
  for (const x of order.reverse()) x.back?.(x.grad);
}

// out += a b, for a (N, K) and b (K, M). Four rows of b at a time, and none where a has only zeros: most of the time of
// a training is spent here, and clips are mostly white, which is zero.
function multiply(a, b, out, N, K, M) {
  for (let n = 0; n < N; n++) {
    const to = n * M;
    let k = 0;
    for (; k + 3 < K; k += 4) {
      const i = n * K + k, j = k * M, a0 = a[i], a1 = a[i + 1], a2 = a[i + 2], a3 = a[i + 3];
      if (!a0 && !a1 && !a2 && !a3) continue;
      for (let m = 0; m < M; m++) {
        out[to + m] += a0 * b[j + m] + a1 * b[j + M + m] + a2 * b[j + 2 * M + m] + a3 * b[j + 3 * M + m];
      }
    }
    for (; k < K; k++) {
      const factor = a[n * K + k];
      for (let m = 0, from = k * M; m < M; m++) out[to + m] += factor * b[from + m];
    }
  }
}

// out += aᵀ b, for a (N, K) and b (N, M)
function multiplyFirstTurned(a, b, out, N, K, M) {
  for (let k = 0; k < K; k++) {
    const to = k * M;
    let n = 0;
    for (; n + 3 < N; n += 4) {
      const i = n * K + k, j = n * M, a0 = a[i], a1 = a[i + K], a2 = a[i + 2 * K], a3 = a[i + 3 * K];
      if (!a0 && !a1 && !a2 && !a3) continue;
      for (let m = 0; m < M; m++) {
        out[to + m] += a0 * b[j + m] + a1 * b[j + M + m] + a2 * b[j + 2 * M + m] + a3 * b[j + 3 * M + m];
      }
    }
    for (; n < N; n++) {
      const factor = a[n * K + k];
      for (let m = 0, from = n * M; m < M; m++) out[to + m] += factor * b[from + m];
    }
  }
}

// out += a bᵀ, for a (N, M) and b (K, M)
function multiplySecondTurned(a, b, out, N, K, M) {
  for (let n = 0; n < N; n++) {
    const i = n * M;
    let k = 0;
    for (; k + 3 < K; k += 4) {
      const j = k * M;
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      for (let m = 0; m < M; m++) {
        const v = a[i + m];
        s0 += v * b[j + m];
        s1 += v * b[j + M + m];
        s2 += v * b[j + 2 * M + m];
        s3 += v * b[j + 3 * M + m];
      }
      const to = n * K + k;
      out[to] += s0;
      out[to + 1] += s1;
      out[to + 2] += s2;
      out[to + 3] += s3;
    }
    for (; k < K; k++) {
      let sum = 0;
      for (let m = 0, j = k * M; m < M; m++) sum += a[i + m] * b[j + m];
      out[n * K + k] += sum;
    }
  }
}

// a (N, K), b (K, M) -> (N, M)
export function matmul(a, b) {
  const {rows: N, columns: K} = a, M = b.columns;
  const out = new Tensor(N, M, null, [a, b], grad => {
    if (a.tracked) multiplySecondTurned(grad, b.data, a.grad, N, K, M);
    if (b.tracked) multiplyFirstTurned(a.data, grad, b.grad, N, K, M);
  });
  multiply(a.data, b.data, out.data, N, K, M);
  return out;
}

// a (N, M), b (K, M) -> (N, K): inner products of all rows with all rows
export function inner(a, b) {
  const {rows: N, columns: M} = a, K = b.rows;
  const out = new Tensor(N, K, null, [a, b], grad => {
    if (a.tracked) multiply(grad, b.data, a.grad, N, K, M);
    if (b.tracked) multiplyFirstTurned(grad, a.data, b.grad, N, K, M);
  });
  multiplySecondTurned(a.data, b.data, out.data, N, K, M);
  return out;
}

// Each number through `f`; `slope(x, f(x))` is its derivative.
function map(x, f, slope) {
  const out = new Tensor(x.rows, x.columns, x.data.map(f), [x], grad => {
    for (let i = 0; i < grad.length; i++) x.grad[i] += grad[i] * slope(x.data[i], out.data[i]);
  });
  return out;
}

export const LEAK = 0.2;
export const leakyRelu = x => map(x, v => v > 0 ? v : LEAK * v, v => v > 0 ? 1 : LEAK);
export const leakySlope = x => new Tensor(x.rows, x.columns, x.data.map(v => v > 0 ? 1 : LEAK));
export const sigmoid = x => map(x, v => 1 / (1 + Math.exp(-v)), (_, y) => y * (1 - y));
export const tanh = x => map(x, Math.tanh, (_, y) => 1 - y * y);
export const softplus = x => map(x, v => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))), v => 1 / (1 + Math.exp(-v)));
export const scale = (x, factor) => map(x, v => factor * v, () => factor);

// a + sign b; b may be one row, which is added to every row of a.
export function add(a, b, sign = 1) {
  const spread = b.rows !== a.rows, size = b.data.length;
  const out = new Tensor(a.rows, a.columns, a.data.slice(), [a, b], grad => {
    if (a.tracked) for (let i = 0; i < grad.length; i++) a.grad[i] += grad[i];
    if (b.tracked) for (let i = 0; i < grad.length; i++) b.grad[spread ? i % size : i] += sign * grad[i];
  });
  for (let i = 0; i < out.data.length; i++) out.data[i] += sign * b.data[spread ? i % size : i];
  return out;
}

export const subtract = (a, b) => add(a, b, -1);

// Number by number; b may be one row.
export function times(a, b) {
  const spread = b.rows !== a.rows, size = b.data.length, at = i => spread ? i % size : i;
  const out = new Tensor(a.rows, a.columns, null, [a, b], grad => {
    if (a.tracked) for (let i = 0; i < grad.length; i++) a.grad[i] += grad[i] * b.data[at(i)];
    if (b.tracked) for (let i = 0; i < grad.length; i++) b.grad[at(i)] += grad[i] * a.data[i];
  });
  for (let i = 0; i < out.data.length; i++) out.data[i] = a.data[i] * b.data[at(i)];
  return out;
}

// Sums over columns: (N, M) -> (N, 1)
export function sumRows(x) {
  const {rows: N, columns: M} = x;
  const out = new Tensor(N, 1, null, [x], grad => {
    for (let i = 0; i < x.grad.length; i++) x.grad[i] += grad[Math.floor(i / M)];
  });
  for (let i = 0; i < x.data.length; i++) out.data[Math.floor(i / M)] += x.data[i];
  return out;
}

// The mean of all numbers: (1, 1)
export function mean(x) {
  const share = 1 / x.data.length;
  const out = new Tensor(1, 1, null, [x], grad => {
    for (let i = 0; i < x.grad.length; i++) x.grad[i] += share * grad[0];
  });
  out.data[0] = share * x.data.reduce((sum, v) => sum + v, 0);
  return out;
}

// Rows of a table, one for each index: (indices, columns)
export function rowsOf(table, indices) {
  const M = table.columns;
  const out = new Tensor(indices.length, M, null, [table], grad => {
    indices.forEach((row, n) => {
      for (let m = 0; m < M; m++) table.grad[row * M + m] += grad[n * M + m];
    });
  });
  indices.forEach((row, n) => out.data.set(table.data.subarray(row * M, (row + 1) * M), n * M));
  return out;
}

// Two matrices side by side: (N, A), (N, B) -> (N, A + B)
export function beside(a, b) {
  const {rows: N, columns: A} = a, B = b.columns;
  const out = new Tensor(N, A + B, null, [a, b], grad => {
    for (let n = 0; n < N; n++) {
      if (a.tracked) for (let i = 0; i < A; i++) a.grad[n * A + i] += grad[n * (A + B) + i];
      if (b.tracked) for (let i = 0; i < B; i++) b.grad[n * B + i] += grad[n * (A + B) + A + i];
    }
  });
  for (let n = 0; n < N; n++) {
    out.data.set(a.data.subarray(n * A, (n + 1) * A), n * (A + B));
    out.data.set(b.data.subarray(n * B, (n + 1) * B), n * (A + B) + A);
  }
  return out;
}

// The same numbers in so many rows
export function reshape(x, rows) {
  return new Tensor(rows, x.data.length / rows, x.data, [x], grad => {
    for (let i = 0; i < grad.length; i++) x.grad[i] += grad[i];
  });
}

export const turned = column => reshape(column, 1);  // (N, 1) -> (1, N)

// The mean of -log softmax(x)[n, n]: how surely each row picks its own column; x (N, N) -> (1, 1)
export function crossEntropy(x) {
  const N = x.rows, chances = new precision.array(N * N), out = new Tensor(1, 1, null, [x], grad => {
    for (let n = 0; n < N; n++) {
      for (let m = 0; m < N; m++) x.grad[n * N + m] += grad[0] * (chances[n * N + m] - (n === m)) / N;
    }
  });
  for (let n = 0; n < N; n++) {
    const row = x.data.subarray(n * N, (n + 1) * N), most = Math.max(...row);
    const total = row.reduce((sum, v) => sum + Math.exp(v - most), 0);
    row.forEach((v, m) => { chances[n * N + m] = Math.exp(v - most) / total; });
    out.data[0] -= (row[n] - most - Math.log(total)) / N;
  }
  return out;
}
