// NumPy's random numbers, bit by bit: the generators of training/randomness.py.

const rotated = (x, bits) => (x >>> bits) | (x << (32 - bits));

/** SHA-256's constants: the first 32 bits of the fractions of roots of the first primes. */
function fractionsOfRoots(count, root) {
  const primes = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  return Int32Array.from(primes, (prime) => ((prime ** (1 / root)) % 1) * 2 ** 32);
}

const SHA_START = fractionsOfRoots(8, 2);
const SHA_ROUNDS = fractionsOfRoots(64, 3);

/** The eight words of the SHA-256 of a text of ASCII characters, at most 55 of them: one block. */
function sha256(text) {
  const block = new Int32Array(64);
  for (let i = 0; i < text.length; i++) block[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i % 4));
  block[text.length >> 2] |= 0x80 << (24 - 8 * (text.length % 4));
  block[15] = 8 * text.length;
  for (let i = 16; i < 64; i++) {
    const [before, last] = [block[i - 15], block[i - 2]];
    const low = rotated(before, 7) ^ rotated(before, 18) ^ (before >>> 3);
    const high = rotated(last, 17) ^ rotated(last, 19) ^ (last >>> 10);
    block[i] = block[i - 16] + low + block[i - 7] + high;
  }
  let [a, b, c, d, e, f, g, h] = SHA_START;
  for (let i = 0; i < 64; i++) {
    const mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const first = (h + mixed + ((e & f) ^ (~e & g)) + SHA_ROUNDS[i] + block[i]) | 0;
    const second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + SHA_START[i]) >>> 0);
}

/** NumPy's SeedSequence of a 128-bit key, given as four words from the lowest: eight words. */
function seedWords(key) {
  let constant = 0x43b0d7e5;
  const hashed = (value) => {
    value ^= constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const pool = key.map(hashed);
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++) {
      if (from === to) continue;
      const mixed = (Math.imul(0xca01f9dd, pool[to]) - Math.imul(0x4973f715, hashed(pool[from]))) | 0;
      pool[to] = mixed ^ (mixed >>> 16);
    }
  constant = 0x8b51f9dd;
  return Array.from({ length: 8 }, (_, i) => {
    let value = pool[i % 4] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    return (value ^ (value >>> 16)) >>> 0;
  });
}

// PCG64's multiplier in pieces of 16 bits from the lowest, so that every sum of products below is exact in a double.
const [M0, M1, M2, M3, M4, M5, M6, M7] = [0xf645, 0x9fcc, 0xdf64, 0x4385, 0x5da4, 0x1fc6, 0xed05, 0x2360];
const AHEAD = 128; // steps at a time

/** `count` steps of PCG64 (O'Neill 2014), which put 64 bits each into `words`, the low half first. */
function advance(state, [i0, i1, i2, i3], words, count) {
  let [a, b, c, d] = state;
  for (let k = 0; k < count; k++) {
    let sum = a * M0 + i0;
    let part = sum & 0xffff;
    sum = (sum - part) / 65536 + a * M1;
    let piece = sum & 0xffff;
    const r0 = (part | (piece << 16)) >>> 0;
    sum = (sum - piece) / 65536 + a * M2 + b * M0 + i1;
    part = sum & 0xffff;
    sum = (sum - part) / 65536 + a * M3 + b * M1;
    piece = sum & 0xffff;
    const r1 = (part | (piece << 16)) >>> 0;
    sum = (sum - piece) / 65536 + a * M4 + b * M2 + c * M0 + i2;
    part = sum & 0xffff;
    sum = (sum - part) / 65536 + a * M5 + b * M3 + c * M1;
    piece = sum & 0xffff;
    const r2 = (part | (piece << 16)) >>> 0;
    sum = (sum - piece) / 65536 + a * M6 + b * M4 + c * M2 + d * M0 + i3;
    part = sum & 0xffff;
    sum = (sum - part) / 65536 + a * M7 + b * M5 + c * M3 + d * M1;
    a = r0;
    b = r1;
    c = r2;
    d = (part | ((sum & 0xffff) << 16)) >>> 0;
    const turn = (d >>> 26) & 31;
    const first = d >>> 31 ? b ^ d : a ^ c;
    const second = d >>> 31 ? a ^ c : b ^ d;
    words[2 * k] = turn ? (first >>> turn) | (second << (32 - turn)) : first;
    words[2 * k + 1] = turn ? (second >>> turn) | (first << (32 - turn)) : second;
  }
  state.set([a, b, c, d]);
}

/** 256 layers of equal area below exp(-x²/2), as NumPy's tables have them. */
function ziggurat() {
  const [r, area] = [3.6541528853610088, 0.0049286732339746519];
  const height = (x) => Math.exp(-0.5 * x * x);
  const edges = new Float64Array(256).fill(r);
  for (let i = 254; i > 0; i--) edges[i] = Math.sqrt(-2 * Math.log(height(edges[i + 1]) + area / edges[i + 1]));
  edges[0] = 0;
  const heights = edges.map(height);
  const widths = edges.map((edge) => edge / 2 ** 52);
  const inside = edges.map((edge, i) => (i ? Math.round((edges[i - 1] / edge) * 2 ** 52) : 0));
  widths[0] = area / heights[255] / 2 ** 52;
  inside[0] = Math.round(((r * heights[255]) / area) * 2 ** 52);
  return { r, widths, heights, inside };
}

const ZIGGURAT = ziggurat();

/** `generator(seed, purpose, epoch)` of training/randomness.py. */
class RandomGenerator {
  constructor(seed, purpose, epoch = 0) {
    // Digest words begin with the highest byte, those of the key with the lowest.
    const swapped = (x) => ((x >>> 24) | ((x >>> 8) & 0xff00) | ((x << 8) & 0xff0000) | (x << 24)) >>> 0;
    const seeds = seedWords(sha256(`${seed}/${purpose}/${epoch}`).slice(0, 4).map(swapped));
    const [s2, s3, s0, s1, i2, i3, i0, i1] = seeds; // 64 bits at a time, the high ones first
    const carry = [1, i0 >>> 31, i1 >>> 31, i2 >>> 31];
    this.increment = Uint32Array.from([i0, i1, i2, i3], (word, i) => (word << 1) | carry[i]);
    this.words = new Uint32Array(2 * AHEAD);
    this.at = this.words.length;
    this.kept = -1; // the high half of a step whose low half was drawn alone
    this.state = new Uint32Array(4);
    advance(this.state, this.increment, this.words, 1);
    let carried = 0;
    [s0, s1, s2, s3].forEach((word, i) => {
      const sum = this.state[i] + word + carried;
      this.state[i] = sum;
      carried = sum > 0xffffffff ? 1 : 0;
    });
    advance(this.state, this.increment, this.words, 1);
  }

  /** Makes place for a step: its two words are then at `this.at`. */
  step() {
    this.at += 2;
    if (this.at < this.words.length) return;
    advance(this.state, this.increment, this.words, AHEAD);
    this.at = 0;
  }

  /** 32 bits. */
  bits() {
    if (this.kept >= 0) {
      const bits = this.kept;
      this.kept = -1;
      return bits;
    }
    this.step();
    this.kept = this.words[this.at + 1];
    return this.words[this.at];
  }

  /** A number from 0 and below 1. */
  double() {
    this.step();
    const low = this.words[this.at];
    const high = this.words[this.at + 1];
    return ((high >>> 5) * 67108864 + (((high & 31) << 21) | (low >>> 11))) / 2 ** 53;
  }

  uniform(low, high) {
    return low + (high - low) * this.double();
  }

  /** The standard normal distribution. A draw of 64 bits: the layer in the lowest 8, the sign, and a size of 52. */
  normal() {
    const { r, widths, heights, inside } = ZIGGURAT;
    for (;;) {
      this.step();
      const low = this.words[this.at];
      const high = this.words[this.at + 1];
      const layer = low & 0xff;
      const size = (high & 0x1fffffff) * 2 ** 23 + (low >>> 9);
      const x = (low & 0x100 ? -size : size) * widths[layer];
      if (size < inside[layer]) return x;
      if (layer === 0) return this.tail(r, low & 0x20000);
      const share = (heights[layer - 1] - heights[layer]) * this.double();
      if (share + heights[layer] < Math.exp(-0.5 * x * x)) return x;
    }
  }

  /** A normal number beyond `r` (Marsaglia 1964). */
  tail(r, isNegative) {
    for (;;) {
      const beyond = -Math.log1p(-this.double()) / r;
      const height = -Math.log1p(-this.double());
      if (height + height > beyond * beyond) return isNegative ? -(r + beyond) : r + beyond;
    }
  }

  /** A whole number from 0 and below `count` (Lemire 2019). NumPy draws nothing where there is no choice. */
  below(count) {
    if (count === 1) return 0;
    const least = (0x100000000 - count) % count;
    for (;;) {
      const product = this.bits() * count; // exact: the data sets have at most 20 classes
      if (product % 0x100000000 >= least) return Math.floor(product / 0x100000000);
    }
  }

  /** The numbers below `n` in random order. */
  permutation(n) {
    return this.shuffled(new Int32Array(n).map((_, i) => i));
  }

  /** The array itself, in random order. */
  shuffled(array) {
    for (let i = array.length - 1; i > 0; i--) {
      const mask = -1 >>> Math.clz32(i);
      let j = this.bits() & mask;
      while (j > i) j = this.bits() & mask;
      const last = array[i];
      array[i] = array[j];
      array[j] = last;
    }
    return array;
  }
}
