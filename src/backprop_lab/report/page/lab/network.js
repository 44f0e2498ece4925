// A network of layers in a row at work: forward for many points at once, and back.
//
// Numbers of a layer lie unit by unit, [units, points], so that the inner loops run over the points.

/** A layer at work on up to `size` points. */
class Stage {
  constructor(layer, formula, size) {
    const all = layer.units * size;
    this.layer = layer;
    this.z = new Float64Array(all);
    this.delta = new Float64Array(all); // dloss/dz
    this.value = new Program(formula ? [formula.value] : [], { z: this.z }, all);
    this.a = formula ? this.value.results[0] : this.z;
    this.slope = new Program(formula ? [formula.slope] : [], { z: this.z, a: this.a }, all);
    this.mask = layer.dropout ? new Float64Array(all) : null;
    this.out = this.mask ? new Float64Array(all) : this.a;
  }

  /** The outputs of the layer for `n` points with these inputs, in `out`. */
  forward(w, input, n, isMasked) {
    const { units, inputs, bias, at } = this.layer;
    const { z, a, mask, out } = this;
    for (let unit = 0; unit < units; unit++) {
      const start = unit * n;
      z.fill(bias ? w[at + units * inputs + unit] : 0, start, start + n);
      const row = at + unit * inputs;
      let i = 0;
      for (; i + 1 < inputs; i += 2) {
        const [first, second] = [w[row + i], w[row + i + 1]];
        const [from, next] = [i * n, (i + 1) * n];
        for (let p = 0; p < n; p++) z[start + p] += first * input[from + p] + second * input[next + p];
      }
      if (i < inputs) for (let p = 0; p < n; p++) z[start + p] += w[row + i] * input[i * n + p];
    }
    this.value.run(units * n);
    if (mask) for (let i = 0; i < units * n; i++) out[i] = isMasked ? a[i] * mask[i] : a[i];
  }

  /** The gradients of the layer's weights: dloss/dW = delta^T x, dloss/db = delta, summed over the batch. */
  gradients(gradient, input, n) {
    const { units, inputs, bias, at } = this.layer;
    const { delta } = this;
    for (let unit = 0; unit < units; unit++) {
      const start = unit * n;
      for (let i = 0; i < inputs; i++) {
        const from = i * n;
        let sum = 0;
        for (let p = 0; p < n; p++) sum += delta[start + p] * input[from + p];
        gradient[at + unit * inputs + i] = sum;
      }
      if (!bias) continue;
      let sum = 0;
      for (let p = 0; p < n; p++) sum += delta[start + p];
      gradient[at + units * inputs + unit] = sum;
    }
  }

  /** `delta` from that of the layer behind: (delta W) * mask * activation'. */
  backward(w, behind, n) {
    const { units, at } = behind.layer;
    const { delta, mask } = this;
    const width = this.layer.units;
    const { delta: known } = behind;
    for (let i = 0; i < width; i++) {
      const start = i * n;
      const weight = w[at + i];
      for (let p = 0; p < n; p++) delta[start + p] = weight * known[p];
      for (let unit = 1; unit < units; unit++) {
        const [other, from] = [w[at + unit * width + i], unit * n];
        for (let p = 0; p < n; p++) delta[start + p] += other * known[from + p];
      }
    }
    if (mask) for (let i = 0; i < width * n; i++) delta[i] *= mask[i];
    this.slope.run(width * n);
    const [slopes] = this.slope.results;
    for (let i = 0; i < width * n; i++) delta[i] *= slopes[i];
  }
}

/** The layers at work on up to `size` points at a time. */
class Network {
  constructor(layers, formulas, size) {
    this.size = size;
    this.x = new Float64Array(layers[0].inputs * size);
    this.stages = layers.map((layer) => new Stage(layer, formulas.activation[layer.activation], size));
    this.outputs = this.stages[layers.length - 1].z;
  }

  /** Take the inputs of points {x, inputs}. */
  gather({ x, inputs }, indices) {
    const n = indices.length;
    for (let p = 0; p < n; p++) for (let i = 0; i < inputs; i++) this.x[i * n + p] = x[indices[p] * inputs + i];
  }

  /** Compute all layers for the `n` points that were taken. */
  forward(w, n, isMasked = false) {
    let input = this.x;
    for (const stage of this.stages) {
      stage.forward(w, input, n, isMasked);
      input = stage.out;
    }
  }

  /** Compute all layers for all points, a part at a time; `visit(first, n)` sees the layers for each. */
  eachPart(w, points, visit) {
    const all = Int32Array.from({ length: points.n }, (_, i) => i);
    for (let first = 0; first < points.n; first += this.size) {
      const part = all.subarray(first, first + this.size);
      this.gather(points, part);
      this.forward(w, part.length);
      visit(first, part.length);
    }
  }
}
