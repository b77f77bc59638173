// Steps down the gradient, each weight at a pace of its own (Kingma and Ba 2015).

const BETAS = [0, 0.99], TINY = 1e-8;

export class Adam {
  constructor(parameters) {
    this.parameters = parameters;
    this.moments = parameters.map(p => [new Float64Array(p.data.length), new Float64Array(p.data.length)]);
    this.steps = 0;
  }

  forget() { this.parameters.forEach(p => p.grad.fill(0)); }

  update(rate) {
    const [b1, b2] = BETAS, n = ++this.steps;
    this.parameters.forEach((p, k) => {
      const [first, second] = this.moments[k];
      for (let i = 0; i < p.data.length; i++) {
        first[i] = b1 * first[i] + (1 - b1) * p.grad[i];
        second[i] = b2 * second[i] + (1 - b2) * p.grad[i] ** 2;
        p.data[i] -= rate * (first[i] / (1 - b1 ** n)) / (Math.sqrt(second[i] / (1 - b2 ** n)) + TINY);
      }
    });
  }
}
