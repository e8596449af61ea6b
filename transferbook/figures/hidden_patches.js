// A picture under a mask drawn from the entropy of its patches, what a masked network and harmonic
// interpolation fill in, and the probabilities of two branches mixed. First the arithmetic,
// exported and compared with Python; then the figure.

import {
  LOOK,
  clamp,
  decodeFlat,
  element,
  escapeHtml,
  figureFrom,
  fixed,
  followModel,
  followSize,
  followTheme,
  indexOfLeast,
  indexOfMost,
  joinMap,
  mean,
  optionsOf,
  range,
  slider,
  sum,
  svgLine,
  svgText,
  tableOf,
  takePlace,
} from "./shared.js";

const { abs, exp, floor, log, log2, max, min, round, sqrt } = Math;
export const SIZE = 64; // side of a picture
const CELL = 8; // side of a cell of the network's last grid

// --- random numbers: a hash of 32 bits, the same in Python

function hash(x) {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
export function hashed(seed, n) {
  const start = hash(seed ^ 0x9e3779b9);
  return range(n).map((i) => (hash(start + i) + 0.5) / 2 ** 32);
}

// --- entropy of patches, as a share of the largest that is possible

export function entropyMap(image, side, bins, alpha) {
  const h = SIZE / side;
  const most = log2(min(bins, side * side));
  return range(h * h).map((cell) => {
    const counts = new Float64Array(bins);
    const corner = side * (SIZE * floor(cell / h) + (cell % h));
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) counts[(image[corner + SIZE * i + j] * bins) >> 8]++;
    }
    let total = 0;
    const shannon = abs(alpha - 1) < 1e-6;
    for (const count of counts) {
      const p = count / (side * side);
      if (p) total += shannon ? -p * log2(p) : p ** alpha;
    }
    return (shannon ? total : log2(total) / (1 - alpha)) / most;
  });
}

// the mean of 7 × 7 pixels around each; beyond the edge its pixels are repeated
function localMean(x) {
  const inside = (i) => clamp(i, 0, SIZE - 1);
  const along = (values, at) =>
    values.map((_, k) => {
      const [i, j] = [floor(k / SIZE), k % SIZE];
      let total = 0;
      for (let d = -3; d < 4; d++) total += values[at(i, j, d)];
      return total / 7;
    });
  const rows = along(x, (i, j, d) => SIZE * i + inside(j + d));
  return along(rows, (i, j, d) => SIZE * inside(i + d) + j);
}
// Lee's filter
export function denoised(image) {
  const x = Float64Array.from(image);
  const means = localMean(x);
  const squares = localMean(x.map((v) => v * v));
  const variances = squares.map((v, k) => max(v - means[k] ** 2, 1e-9));
  const some = variances.filter((v) => v >= 0.01).sort();
  const noise = some.length ? some[(some.length - 1) >> 1] : 0;
  return Uint8Array.from(x, (v, k) => {
    const kept = max(1 - noise / variances[k], 0);
    return clamp(round(means[k] + kept * (v - means[k])), 0, 255);
  });
}

export function mapOf(image, { mode, patch, bins, alpha }) {
  return entropyMap(mode === "denoised" ? denoised(image) : image, patch, bins, alpha);
}

// --- masks: preference over temperature plus Gumbel noise, the largest keys are hidden

function preference(value, temperature, mode) {
  if (mode === "random") return 0;
  if (mode === "topk") return value / 1e-9;
  return (mode === "low" ? -value : value) / temperature;
}
export function drawnMask(H, { ratio, temperature, mode }, seed) {
  const noise = hashed(seed, H.length);
  const keys = H.map((value, i) => preference(value, temperature, mode) - log(-log(noise[i])));
  const order = range(H.length).sort((a, b) => keys[b] - keys[a]);
  const hidden = new Uint8Array(H.length);
  for (const i of order.slice(0, floor(ratio * H.length + 1e-9))) hidden[i] = 1;
  return hidden;
}

// a mask on a finer grid of n × n
export function finer(hidden, n) {
  const h = sqrt(hidden.length);
  const times = n / h;
  return Uint8Array.from(
    range(n * n),
    (_, k) => hidden[h * floor(floor(k / n) / times) + floor((k % n) / times)],
  );
}

// The share of each lesion that masks hide on average. `lesions` has one list of pixels each.
export function sharesHidden(masks, lesions) {
  const times = new Float64Array(SIZE * SIZE);
  for (const mask of masks) finer(mask, SIZE).forEach((on, k) => (times[k] += on));
  return lesions.map((pixels) =>
    pixels.length ? mean(pixels.map((k) => times[k])) / masks.length : null,
  );
}

// --- harmonic interpolation: hidden pixels are means of their neighbours (conjugate gradients)

export function harmonic(picture, fine) {
  const found = Float64Array.from(picture);
  const unknown = range(SIZE * SIZE).filter((k) => fine[k]);
  const around = (k) => {
    const j = k % SIZE;
    const near = [k - SIZE, k + SIZE, j > 0 ? k - 1 : -1, j < SIZE - 1 ? k + 1 : -1];
    return near.filter((n) => n >= 0 && n < SIZE * SIZE);
  };
  const neighbours = unknown.map(around);
  const apply = (x) => {
    const out = new Float64Array(SIZE * SIZE);
    unknown.forEach((k, u) => {
      out[k] = neighbours[u].length * x[k];
      for (const n of neighbours[u]) if (fine[n]) out[k] -= x[n];
    });
    return out;
  };
  const dot = (a, b) => unknown.reduce((total, k) => total + a[k] * b[k], 0);
  const x = new Float64Array(SIZE * SIZE);
  const rest = new Float64Array(SIZE * SIZE);
  unknown.forEach((k, u) => {
    for (const n of neighbours[u]) if (!fine[n]) rest[k] += picture[n];
  });
  const way = rest.slice();
  let size = dot(rest, rest);
  const enough = 1e-16 * size;
  for (let step = 0; step < 600 && size > enough; step++) {
    const image = apply(way);
    const length = size / dot(way, image);
    for (const k of unknown) {
      x[k] += length * way[k];
      rest[k] -= length * image[k];
    }
    const before = size;
    size = dot(rest, rest);
    for (const k of unknown) way[k] = rest[k] + (size / before) * way[k];
  }
  for (const k of unknown) found[k] = x[k];
  return found;
}

// --- the masked network. Grids hold their features cell by cell; hidden cells are left out, which
// is what a sparse network does.

// 16 bits: sign, exponent, fraction
function halfToNumber(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction;
  return bits >> 15 ? -size : size;
}

export function readNetwork({ widths, weights }) {
  const numbers = Float32Array.from(decodeFlat(weights), halfToNumber);
  const [narrow, wide] = widths;
  let at = 0;
  const take = (n) => numbers.subarray(at, (at += n));
  const norm = (n) => ({ scale: take(n), shift: take(n) });
  const linear = (inputs, outputs) => ({ weight: take(inputs * outputs), bias: take(outputs) });
  const block = (n, times) => ({
    gamma: take(n),
    around: linear(49, n),
    norm: norm(n),
    up: linear(n, n * times),
    down: linear(n * times, n),
  });
  return {
    widths,
    token: take(wide),
    stem: { conv: linear(4, narrow), norm: norm(narrow) },
    first: { norm: norm(narrow), conv: linear(4 * narrow, narrow), block: block(narrow, 4) },
    second: { norm: norm(narrow), conv: linear(4 * narrow, wide), block: block(wide, 4) },
    block: block(wide, 2),
    pixels: linear(wide, CELL ** 2),
    unused: numbers.length - at,
  };
}

// to 1.5e-7, by Abramowitz and Stegun's formula 7.1.26
function erf(x) {
  const t = 1 / (1 + 0.3275911 * abs(x));
  const parts = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const size = 1 - parts.reduce((total, part) => total * t + part, 0) * t * exp(-x * x);
  return x < 0 ? -size : size;
}
const gelu = (x) => (x / 2) * (1 + erf(x * Math.SQRT1_2));

function normed(x, { scale, shift }) {
  const n = scale.length;
  const middle = sum(x) / n;
  let spread = 0;
  for (const v of x) spread += (v - middle) ** 2;
  const size = sqrt(spread / n + 1e-6);
  return x.map((v, k) => ((v - middle) / size) * scale[k] + shift[k]);
}
function applied(x, { weight, bias }) {
  const n = x.length;
  return Float32Array.from(bias, (start, k) => {
    let total = start;
    for (let i = 0; i < n; i++) total += weight[n * k + i] * x[i];
    return total;
  });
}
// four cells become one; the weights are ordered by input, row, column
function halved(cells, n, conv) {
  const half = n / 2;
  return range(half * half).map((k) => {
    const corner = 2 * (n * floor(k / half) + (k % half));
    const four = [0, 1, n, n + 1].map((step) => cells[corner + step]);
    if (!four[0]) return null;
    const inputs = four[0].length;
    const x = new Float32Array(4 * inputs);
    four.forEach((cell, place) => cell.forEach((v, i) => (x[4 * i + place] = v)));
    return applied(x, conv);
  });
}
// 7 × 7 around each cell, then each cell by itself, added to the cell
function blockOf(cells, n, { gamma, around, norm, up, down }) {
  return cells.map((cell, k) => {
    if (!cell) return null;
    const total = Float32Array.from(around.bias);
    const [i, j] = [floor(k / n), k % n];
    for (let a = max(0, 3 - i); a < min(7, n + 3 - i); a++) {
      for (let b = max(0, 3 - j); b < min(7, n + 3 - j); b++) {
        const near = cells[n * (i + a - 3) + j + b - 3];
        if (!near) continue;
        for (let c = 0; c < near.length; c++) {
          total[c] += around.weight[49 * c + 7 * a + b] * near[c];
        }
      }
    }
    const change = applied(applied(normed(total, norm), up).map(gelu), down);
    return cell.map((v, c) => v + gamma[c] * change[c]);
  });
}

// every pixel as the network believes it to be; `hidden` is a mask of patches
export function believed(network, picture, hidden) {
  const fine = finer(hidden, SIZE);
  const pixels = range(SIZE * SIZE).map((k) => (fine[k] ? null : [picture[k]]));
  const level = mean(
    range(SIZE * SIZE)
      .filter((k) => !fine[k])
      .map((k) => picture[k]),
  );
  const { stem, first, second } = network;
  const eachNormed = (cells, norm) => cells.map((cell) => cell && normed(cell, norm));
  let cells = eachNormed(halved(pixels, SIZE, stem.conv), stem.norm);
  let n = SIZE / 2;
  for (const stage of [first, second]) {
    cells = halved(eachNormed(cells, stage.norm), n, stage.conv);
    n /= 2;
    cells = blockOf(cells, n, stage.block);
  }
  cells = blockOf(
    cells.map((cell) => cell ?? network.token),
    n,
    network.block,
  );
  const found = new Float32Array(SIZE * SIZE);
  cells.forEach((cell, k) => {
    const corner = CELL * (SIZE * floor(k / n) + (k % n));
    applied(cell, network.pixels).forEach((v, p) => {
      found[corner + SIZE * floor(p / CELL) + (p % CELL)] = v + level;
    });
  });
  return found;
}

// visible pixels as they are, hidden ones in three ways
export function fillsOf(network, picture, hidden) {
  const fine = finer(hidden, SIZE);
  const said = believed(network, picture, hidden);
  const level = mean(
    range(SIZE * SIZE)
      .filter((k) => !fine[k])
      .map((k) => picture[k]),
  );
  const from = (other) => Float64Array.from(picture, (v, k) => (fine[k] ? other(k) : v));
  const fills = {
    network: from((k) => clamp(said[k], 0, 1)),
    harmonic: harmonic(picture, fine),
    mean: from(() => level),
  };
  const hiddenPixels = range(SIZE * SIZE).filter((k) => fine[k]);
  const miss = (fill) => 255 * sqrt(mean(hiddenPixels.map((k) => (fill[k] - picture[k]) ** 2)));
  const errors = Object.fromEntries(Object.entries(fills).map(([k, v]) => [k, miss(v)]));
  return { fills, errors: hiddenPixels.length ? errors : null };
}

// --- branches. A branch is a list of rows of probabilities.

export function readBranches({ names, classes, probabilities, labels, groups, folds }) {
  const flat = decodeFlat(probabilities);
  const y = decodeFlat(labels);
  const [n, k] = [y.length, classes.length];
  const branches = names.map((_, b) =>
    range(n).map((i) => {
      const row = [...flat.subarray(k * (n * b + i), k * (n * b + i + 1))];
      const total = sum(row);
      return row.map((v) => v / total);
    }),
  );
  const times = timesDrawn(decodeFlat(groups), decodeFlat(folds), 200, 0);
  return { names, classes, branches, labels: y, times: [new Float64Array(n).fill(1), ...times] };
}

// How often each image is drawn, when groups are drawn anew within their folds
export function timesDrawn(groups, folds, resamples, seed) {
  const pairs = new Map();
  groups.forEach((group, i) => pairs.set(folds[i] * 1e6 + group, [folds[i], group]));
  const order = [...pairs.keys()].sort((a, b) => a - b).map((key) => pairs.get(key));
  const G = order.length;
  const first = order.map(([fold]) => order.findIndex(([other]) => other === fold));
  const size = order.map(([fold]) => order.filter(([other]) => other === fold).length);
  const shares = hashed(seed, resamples * G);
  return range(resamples).map((r) => {
    const counts = new Map();
    for (let k = 0; k < G; k++) {
      const [, group] = order[first[k] + floor(shares[r * G + k] * size[k])];
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    return Float64Array.from(groups, (group) => counts.get(group) ?? 0);
  });
}

export const blend = (a, b, share) =>
  a.map((row, i) => row.map((v, c) => (1 - share) * v + share * b[i][c]));

function countsOf(labels) {
  const counts = [];
  for (const y of labels) counts[y] = (counts[y] ?? 0) + 1;
  return counts;
}
// one score for each list of times
export function scoresOf(p, labels, times, score) {
  const right = p.map((row, i) => +(indexOfMost(row) === labels[i]));
  if (score === "ece") {
    const sure = p.map((row) => max(...row));
    const place = sure.map((v) => min(floor(v * 15), 14));
    return times.map((weights) => {
      const gaps = new Float64Array(15);
      right.forEach((ok, i) => (gaps[place[i]] += weights[i] * (ok - sure[i])));
      return sum(gaps.map(abs)) / sum(weights);
    });
  }
  const counts = countsOf(labels);
  const each = [...labels].map((y) => (score === "balanced" ? 1 / counts[y] : 1));
  return times.map((weights) => {
    let [above, below] = [0, 0];
    right.forEach((ok, i) => {
      above += ok * weights[i] * each[i];
      below += weights[i] * each[i];
    });
    return above / below;
  });
}

export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const i = floor(at);
  return sorted[i] + (at - i) * ((sorted[i + 1] ?? sorted[i]) - sorted[i]);
}
export const between = ([point, ...drawn]) => [
  point,
  quantile(drawn, 0.025),
  quantile(drawn, 0.975),
];

// what mixing brings at one share, against the first branch alone
export function mixing({ branches, labels, times }, { first, second, control, share, score }) {
  const of = (k) => scoresOf(blend(branches[first], branches[k], share), labels, times, score);
  const [alone, pair, other] = [first, second, control].map(of);
  const less = (a, b) => between(a.map((v, r) => v - b[r]));
  return {
    level: pair[0],
    alone: alone[0],
    gain: less(pair, alone),
    control: less(other, alone),
    difference: less(pair, other),
  };
}

export function confusion(p, labels, k) {
  const table = range(k).map(() => new Array(k).fill(0));
  p.forEach((row, i) => table[labels[i]][indexOfMost(row)]++);
  return table;
}

// --- what the figure is made of

const MODES = {
  entropy: "entropy",
  denoised: "entropy after Lee’s filter",
  topk: "highest entropy, no chance",
  low: "low entropy",
  random: "random",
};
const SCORES = { accuracy: "accuracy", balanced: "balanced accuracy", ece: "ECE (small is good)" };
const CHOICES = {
  temperature: [0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2],
  patch: [8, 16, 32],
  bins: [4, 8, 16, 32, 64, 256],
};
const OF_MASK = ["picture", "mode", "ratio", "temperature", "alpha", "patch", "bins", "seed"];
const OF_MIX = ["first", "second", "control", "share", "score"];
const WORDS = ["mode", "score"];
const DRAWS = 50; // masks of which the average is told
const TILES = {
  picture: "picture",
  entropy: "entropy of patches",
  mask: "mask: light is hidden",
  visible: "visible",
  network: "network",
  harmonic: "harmonic interpolation",
};

const CSS = `
.hp { --a: #b54b00; --b: #0072b2; display: grid; gap: 28px; grid-template-columns: minmax(0, 1fr); }
.hp[data-dark] { --a: #f0a04b; --b: #56b4e9; }
.hp section { display: grid; gap: 8px 28px; grid-template-columns: minmax(0, 1fr); }
.hp-tiles { display: grid; gap: 8px; grid-template-columns: repeat(6, minmax(0, 1fr)); }
.hp-tiles > div { font-size: 12px; line-height: 1.25; }
.hp canvas { display: block; width: 100%; image-rendering: pixelated; border-radius: 3px; }
.hp-two { display: grid; gap: 8px 28px; grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr); }
.hp-two > div {
  display: grid;
  gap: 6px;
  align-content: start;
  grid-template-columns: minmax(0, 1fr);
}
.hp svg { display: block; width: 100%; }
.hp svg text { font-size: 12px; }
.hp-two > .hp-box { background: var(--panel); border-radius: 6px; padding: 8px 12px; gap: 2px; }
.hp-box { background: var(--panel); border-radius: 6px; padding: 8px 12px; }
.hp-two { align-items: start; }
.hp label { display: grid; gap: 8px; align-items: center; min-height: 28px;
  grid-template-columns: 8em minmax(0, 1fr); }
.hp .knob { grid-template-columns: 8em minmax(0, 1fr) 3.4em; }
.hp .knob b { text-align: right; font-weight: 400; }
.hp [type="range"] { width: 100%; min-height: 24px; }
.hp :disabled { opacity: 0.5; }
.hp-small { font-size: 13px; color: var(--soft); }
.hp-plot { cursor: ew-resize; touch-action: pan-y; }
.hp-list { max-height: 280px; overflow: auto; }
.hp table { width: 100%; font-size: 13px; color: var(--fg); }
.hp table :is(th, td) { text-align: right; padding: 1px 4px; }
.hp b.hp-a { color: var(--a); }
.hp b.hp-b { color: var(--b); }
@container (max-width: 700px) {
  .hp-tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .hp-two { grid-template-columns: minmax(0, 1fr); }
}
`;

const chooser = (key, name, options = "") =>
  `<label><span>${name}</span><select data-k="${key}">${options}</select></label>`;
const tile = ([key, name]) =>
  `<div><canvas data-tile="${key}" width="${SIZE}" height="${SIZE}"></canvas>
  <span data-name="${key}">${name}</span></div>`;
const numbers = (part) => `<details data-part="${part}"><summary>The numbers</summary>
  <div class="hp-list" tabindex="0" role="group" aria-label="Table of ${part}"></div></details>`;

const HTML = `<style>${LOOK}${CSS}</style>
<section class="hp-mask">
  <p><strong>Which patches does entropy hide, and what comes back?</strong></p>
  <div class="hp-tiles" role="img">${joinMap(Object.entries(TILES), tile)}</div>
  <div class="hp-two">
    <div>
      <div class="hp-said"></div>
      <svg class="hp-bars" role="img"></svg>
      ${numbers("masks")}
    </div>
    <div class="hp-box">
      ${chooser("picture", "Picture")}
      ${chooser("mode", "Mask by", optionsOf(MODES))}
      ${slider("ratio", "Ratio r", 0.1, 0.9, 0.05)}
      ${slider("temperature", "Temperature T", 0, 7)}
      ${slider("alpha", "Rényi’s α", 0, 4, 0.25)}
      ${slider("patch", "Patch side P", 0, 2)}
      ${slider("bins", "Bins B", 0, 5)}
      ${slider("seed", "Seed", 0, 99)}
    </div>
  </div>
</section>
<section class="hp-mix">
  <p><strong>What does a second branch bring?</strong></p>
  <div class="hp-two">
    <div>
      <svg class="hp-plot" role="img"></svg>
      <div class="hp-mixed"></div>
    </div>
    <div>
      <div class="hp-box">
        ${slider("share", "Share of B", 0, 1, 0.05)}
        ${chooser("score", "Score", optionsOf(SCORES))}
        ${chooser("first", "Branch A")}
        ${chooser("second", "Branch B")}
        ${chooser("control", "Control")}
      </div>
      <div class="hp-confusion"></div>
      ${numbers("mixes")}
    </div>
  </div>
</section>
<div class="quiet hp-quiet" role="status"></div>`;

const percent = (share, digits = 0) => `${fixed(100 * share, digits)} %`;
const signed = (value) => (value > 0 ? "+" : "") + fixed(100 * value, 1);
const points = ([point, low, high]) => `${signed(point)} points [${signed(low)}, ${signed(high)}]`;
const short = (name) => name.split(":")[0];
const pathOf = (spots) => spots.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("");
const strong = (text) => element("strong", text);

// dark blue over grey to yellow
const RAMP = [
  [0, 32, 76],
  [124, 123, 120],
  [255, 234, 70],
];
function ramp(share) {
  const k = share < 0.5 ? 0 : 1;
  const part = 2 * clamp(share, 0, 1) - k;
  return RAMP[k].map((v, c) => v + part * (RAMP[k + 1][c] - v));
}
const grey = (share) => [255 * share, 255 * share, 255 * share];
const ORANGE = [230, 159, 0];
const BLUE = [86, 180, 233];

// --- the figure

function mount(model, el) {
  const place = takePlace(el, "fig hp", HTML);
  const { root, find, findAll, listen } = place;
  const now = {};
  let images; // eight bits a pixel, one after the other
  let lesions; // pixels of each
  let names; // of the pictures
  let network;
  let mixed; // branches
  let study;
  let seen; // what is known of the picture under its mask
  let mix; // what is known at the chosen share
  let curve; // the same at every share
  let axis; // of the curve's plot

  // --- the mask

  function look() {
    const image = images.subarray(SIZE * SIZE * now.picture, SIZE * SIZE * (now.picture + 1));
    const picture = Float64Array.from(image, (v) => v / 255);
    const entropies = mapOf(image, now);
    const masks = range(DRAWS).map((k) => drawnMask(entropies, now, now.seed + k));
    const shares = (some) => {
      const all = sharesHidden(some, lesions);
      const others = all.filter((share, k) => share !== null && k !== now.picture);
      return [all[now.picture], mean(others)];
    };
    return {
      picture,
      entropies,
      hidden: masks[0],
      thisMask: shares(masks.slice(0, 1)),
      average: shares(masks),
      ...fillsOf(network, picture, masks[0]),
    };
  }
  function lesionInWords() {
    const [own, other] = seen.average;
    if (own === null) return `${escapeHtml(names[now.picture])}: no lesion is marked here.`;
    const here = percent(seen.thisMask[0]);
    return `This mask hides ${strong(`${here} of the lesion`)}. ${DRAWS} such masks hide
${percent(own)} of it on average, and ${percent(other)} of the other phantoms’ lesions, put in
their places under the same masks.`;
  }
  function studyInWords() {
    const { own, other, difference } = study.modes[now.mode];
    return `${study.n} phantoms, mask by ${MODES[now.mode]}, r = 0.6, T = 0.08, P = 8, 16
bins, α = 1: lesion
${percent(own)}, another phantom’s lesion ${percent(other)}, difference ${points(difference)}.`;
  }
  function fillInWords() {
    if (!seen.errors) return "Nothing is hidden: the ratio is too small for so few patches.";
    const { network: ours, harmonic: plain, mean: level } = seen.errors;
    const first = abs(ours - plain) < 0.05 ? "" : ours < plain ? "The network" : "Interpolation";
    const winner = first && ` ${first} is nearer here.`;
    return `Miss on hidden pixels, in grey levels: network ${strong(fixed(ours, 1))}, harmonic
interpolation ${strong(fixed(plain, 1))}, mean of what is visible ${fixed(level, 1)}.${winner}`;
  }
  function paint(key, colourOf) {
    const context = find(`[data-tile=${key}]`).getContext("2d");
    const data = context.createImageData(SIZE, SIZE);
    for (let k = 0; k < SIZE * SIZE; k++) data.data.set([...colourOf(k), 255], 4 * k);
    context.putImageData(data, 0, 0);
  }
  function drawTiles() {
    const { picture, hidden, entropies, fills } = seen;
    const fine = finer(hidden, SIZE);
    const inside = new Set(lesions[now.picture]);
    const isEdge = (k) => inside.has(k) && [1, -1, SIZE, -SIZE].some((d) => !inside.has(k + d));
    const values = finer(
      entropies.map((_, i) => i),
      SIZE,
    );
    paint("picture", (k) => (isEdge(k) ? ORANGE : grey(picture[k])));
    const [low, high] = [min(...entropies), max(...entropies)];
    paint("entropy", (k) => ramp((entropies[values[k]] - low) / max(high - low, 1e-9)));
    const ends = `dark ${fixed(low)}, light ${fixed(high)}`;
    find("[data-name=entropy]").textContent = `entropy of patches: ${ends}`;
    paint("mask", (k) => (inside.has(k) ? (fine[k] ? ORANGE : BLUE) : grey(fine[k] ? 0.85 : 0.2)));
    paint("visible", (k) => (fine[k] ? grey(0.5) : grey(picture[k])));
    for (const key of ["network", "harmonic"]) {
      paint(key, (k) => grey(fills[key][k]));
      const miss = seen.errors ? `, misses by ${fixed(seen.errors[key], 1)}` : "";
      find(`[data-name=${key}]`).textContent = TILES[key] + miss;
    }
    const lesion = inside.size > 0;
    find("[data-name=picture]").textContent = lesion ? "picture, lesion outlined" : "picture";
    const told = lesion ? "; orange: hidden lesion, blue: seen" : "";
    find("[data-name=mask]").textContent = TILES.mask + told;
  }
  const BINS = 24;
  function drawBars() {
    const [all, some] = [new Array(BINS).fill(0), new Array(BINS).fill(0)];
    seen.entropies.forEach((value, i) => {
      const bin = min(floor(value * BINS + 1e-9), BINS - 1);
      all[bin]++;
      some[bin] += seen.hidden[i];
    });
    const W = max(260, find(".hp-bars").clientWidth || 420);
    const [left, w, h] = [30, W - 44, 92];
    const most = max(...all);
    const x = (value) => left + value * w;
    const bar = (counts, look) =>
      joinMap(counts, (count, k) => {
        const high = (h * count) / most;
        return `<rect x="${x(k / BINS) + 1}" y="${18 + h - high}" width="${w / BINS - 2}"
height="${high}" ${look}/>`;
      });
    const svg = find(".hp-bars");
    svg.setAttribute("viewBox", `0 0 ${W} ${h + 52}`);
    svg.innerHTML =
      bar(all, 'fill="none" stroke="currentColor"') +
      bar(some, 'style="fill:var(--b)"') +
      svgLine(`M${left} ${18 + h}H${left + w}`, "currentColor") +
      joinMap([0, 0.5, 1], (v) => svgText(x(v), h + 34, v, 'text-anchor="middle"')) +
      svgText(left + w / 2, h + 48, "entropy, share of the largest", 'text-anchor="middle"') +
      svgText(left - 6, 26, most, 'text-anchor="end"') +
      svgText(left, 11, "patches: outlined, all; filled, hidden");
    const pairs = all
      .map((count, k) => `${some[k]} of ${count}`)
      .filter((text) => text !== "0 of 0");
    svg.ariaLabel = `Hidden patches by entropy, lowest first: ${pairs.join(", ")}`;
    return all.map((count, k) => [
      `${fixed(k / BINS)} to ${fixed((k + 1) / BINS)}`,
      count,
      some[k],
    ]);
  }
  function drawMask() {
    seen = look();
    find(".hp-said").innerHTML = joinMap([lesionInWords(), fillInWords()], (t) => element("p", t));
    find(".hp-said").innerHTML += element("p", studyInWords(), 'class="hp-small"');
    drawTiles();
    const rows = drawBars();
    const words = find(".hp-said").textContent.replace(/\s+/g, " ");
    find(".hp-tiles").ariaLabel = `${names[now.picture]}, six views. ${words}`;
    const modes = Object.entries(study.modes).map(([mode, { own, other, difference }]) => [
      MODES[mode],
      percent(own, 1),
      percent(other, 1),
      points(difference),
    ]);
    const of = ["mask by", "lesion hidden", "another’s lesion", "difference"];
    find("[data-part=masks] div").innerHTML =
      element("table", tableOf(["entropy", "patches", "hidden"], rows)) +
      element("table", tableOf(of, modes));
  }

  // --- the mix

  const SHARES = range(21).map((k) => k / 20);
  const called = (key) => escapeHtml(short(mixed.names[now[key]]));
  function drawPlot() {
    const svg = find(".hp-plot");
    const W = max(260, svg.clientWidth || 420);
    const [left, top, w, h] = [40, 22, W - 56, 190];
    const every = curve.flatMap(({ gain, control }) => [...gain, ...control]);
    const low = min(...every, -0.005);
    const high = max(...every, 0.005);
    axis = { left, w };
    const x = (share) => left + share * w;
    const y = (value) => top + (h * (high - value)) / (high - low);
    const side = (kind, k) => curve.map((row, i) => [x(SHARES[i]), y(row[kind][k])]);
    const band = (kind, ink) =>
      `<path d="${pathOf([...side(kind, 1), ...side(kind, 2).reverse()])}z"
style="fill:${ink}" fill-opacity=".15"/>`;
    const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find((s) => (high - low) / s < 8) ?? 1;
    const levels = range(41).map((k) => step * (k - 20));
    const flat = joinMap(
      levels.filter((v) => v >= low && v <= high),
      (v) =>
        svgLine(`M${left} ${y(v)}H${left + w}`, v ? "var(--line)" : "currentColor") +
        svgText(left - 6, y(v) + 4, signed(v).replace(/\.0$/, ""), 'text-anchor="end"'),
    );
    const dot = (kind, ink) =>
      `<circle cx="${x(now.share)}" cy="${y(mix[kind][0])}" r="5" style="fill:${ink}"/>`;
    svg.setAttribute("viewBox", `0 0 ${W} ${h + top + 38}`);
    svg.innerHTML =
      flat +
      band("control", "var(--a)") +
      band("gain", "var(--b)") +
      svgLine(pathOf(side("control", 0)), "var(--a)", 'stroke-width="2" stroke-dasharray="6 3"') +
      svgLine(pathOf(side("gain", 0)), "var(--b)", 'stroke-width="2.5"') +
      svgLine(`M${x(now.share)} ${top}V${top + h}`, "currentColor", 'stroke-dasharray="2 3"') +
      dot("control", "var(--a)") +
      dot("gain", "var(--b)") +
      joinMap([0, 0.5, 1], (v) => svgText(x(v), top + h + 16, v, 'text-anchor="middle"')) +
      svgText(left + w / 2, top + h + 32, "share of the second branch", 'text-anchor="middle"') +
      svgText(2, 12, `${SCORES[now.score]} against ${called("first")} alone, points`);
    const words = find(".hp-mixed").textContent.replace(/\s+/g, " ");
    svg.ariaLabel = `Change by share of the second branch. ${words}`;
  }
  function mixInWords() {
    const of = SCORES[now.score];
    const { level, alone, gain, control, difference } = mix;
    const [, low, high] = difference;
    const clear = low > 0 || high < 0;
    const verdict = clear ? "The two differ." : "The two cannot be told apart.";
    return joinMap(
      [
        `${of[0].toUpperCase() + of.slice(1)} of ${called("first")} alone: ${percent(alone, 1)};
with ${percent(now.share)} of ${called("second")}: ${strong(percent(level, 1))}.`,
        `<b class="hp-b">Solid</b>: + ${called("second")}, ${points(gain)}.
<b class="hp-a">Dashed</b>: + ${called("control")}, ${points(control)}.
Difference ${points(difference)}. ${verdict}`,
      ],
      (text) => element("p", text),
    );
  }
  function drawConfusion() {
    const { branches, labels, classes } = mixed;
    const p = blend(branches[now.first], branches[now.second], now.share);
    const table = confusion(p, labels, classes.length).map((row, k) => {
      const total = sum(row);
      const cells = row.map((count) => `${count} (${percent(count / total)})`);
      return [escapeHtml(classes[k]), ...cells];
    });
    const head = ["truth \\ guess", ...classes.map(escapeHtml)];
    find(".hp-confusion").innerHTML = element("table", tableOf(head, table));
  }
  function drawMix(anew) {
    if (anew) curve = SHARES.map((share) => mixing(mixed, { ...now, share }));
    mix = curve[indexOfLeast(SHARES.map((share) => abs(share - now.share)))];
    find(".hp-mixed").innerHTML = mixInWords();
    find(".hp-mixed").innerHTML += element(
      "p",
      "Bands: 95 % of 200 resamples of groups of near-duplicates, fold by fold.",
      'class="hp-small"',
    );
    drawPlot();
    drawConfusion();
    const rows = curve.map(({ level, gain, control, difference }, i) => [
      fixed(SHARES[i]),
      percent(level, 1),
      ...[gain, control, difference].map(([point]) => signed(point)),
    ]);
    const head = ["share", "score", "+ B", "+ control", "difference"];
    find("[data-part=mixes] div").innerHTML = element("table", tableOf(head, rows));
  }

  // --- the reader

  function controls() {
    for (const input of findAll("[data-k]")) {
      const key = input.dataset.k;
      const choices = CHOICES[key];
      input.value = choices ? indexOfLeast(choices.map((v) => abs(v - now[key]))) : now[key];
      if (input.type !== "range") continue;
      const text = choices || key === "seed" ? String(now[key]) : fixed(now[key]);
      input.nextElementSibling.textContent = text;
      input.ariaValueText = text;
    }
    const chance = !["random", "topk"].includes(now.mode);
    find("[data-k=temperature]").disabled = !chance;
  }
  function draw(key) {
    if (!key || OF_MASK.includes(key)) drawMask();
    if (!key || OF_MIX.includes(key)) drawMix(key !== "share");
    controls();
  }
  const say = (part) => {
    find(".hp-quiet").textContent = find(part).firstElementChild.textContent;
  };
  function change(key, value) {
    now[key] = value;
    draw(key);
    set({ [key]: value });
    model.save_changes?.();
    say(OF_MASK.includes(key) ? ".hp-said" : ".hp-mixed");
  }
  listen(root, "input", ({ target }) => {
    const key = target.dataset.k;
    if (!key) return;
    const value = WORDS.includes(key) ? target.value : +target.value;
    change(key, CHOICES[key]?.[value] ?? value);
  });
  const plot = find(".hp-plot");
  function drag(event) {
    const part = (event.clientX - plot.getBoundingClientRect().left - axis.left) / axis.w;
    const share = round(20 * clamp(part, 0, 1)) / 20;
    if (share !== now.share) change("share", share);
  }
  listen(plot, "pointerdown", (event) => {
    if (event.button) return;
    plot.setPointerCapture(event.pointerId);
    drag(event);
  });
  listen(plot, "pointermove", (event) => plot.hasPointerCapture(event.pointerId) && drag(event));

  // --- surroundings: light or dark, size, changes made in Python. Nothing moves by itself.

  function readModel() {
    for (const key of [...OF_MASK, ...OF_MIX]) {
      now[key] = WORDS.includes(key) ? model.get(key) : +model.get(key);
    }
  }
  function readState() {
    names = model.get("pictures");
    images = decodeFlat(model.get("images"));
    const bits = decodeFlat(model.get("lesions"));
    const size = (SIZE * SIZE) / 8;
    lesions = names.map((_, i) =>
      range(SIZE * SIZE).filter((k) => (bits[size * i + (k >> 3)] >> (7 - (k & 7))) & 1),
    );
    network = readNetwork(model.get("network"));
    mixed = readBranches(model.get("branches"));
    study = model.get("study");
    find("[data-k=picture]").innerHTML = optionsOf(names);
    for (const key of ["first", "second", "control"]) {
      find(`[data-k=${key}]`).innerHTML = optionsOf(mixed.names);
    }
  }
  const STATE = ["pictures", "images", "lesions", "network", "branches", "study"];
  const set = followModel(model, place, [...OF_MASK, ...OF_MIX, ...STATE], (key) => {
    if (STATE.includes(key)) readState();
    readModel();
    draw(STATE.includes(key) ? null : key);
    // what a button of the text has changed comes first
    if (!STATE.includes(key)) root.prepend(find(OF_MIX.includes(key) ? ".hp-mix" : ".hp-mask"));
  });
  followTheme(place);
  readState();
  readModel();
  draw();
  followSize(place, root, () => {
    drawBars();
    drawPlot();
  });

  root.figure = {
    get seen() {
      return seen;
    },
    get mix() {
      return mix;
    },
    get now() {
      return { ...now };
    },
    destroy: place.leave,
  };
  return root.figure;
}

export default figureFrom(mount);
