// Points of two to four classes on two spheres: free ones, which follow two losses downhill from
// one start while you pull at them, and measured runs to leaf through. First the arithmetic,
// exported and compared with torch; then the figure.

import {
  LOOK,
  arrowOf,
  clamp,
  decodeFlat as decode,
  escapeHtml,
  figureFrom,
  fitCanvas,
  fixed,
  followModel,
  followSize,
  followTheme,
  grouped,
  isShortcut,
  joinMap,
  optionsOf,
  range,
  scientific,
  slider,
  sum,
  svgLine,
  svgText,
  tableRow,
  takePlace,
} from "./shared.js";

export { decode };

const { abs, ceil, cos, exp, hypot, log, log1p, max, min, round, sin, sqrt } = Math;

export const LOSSES = {
  normface: "NormFace",
  ntce: "NTCE",
  nonl: "NONL",
  supcon: "supervised contrast",
  prototype_softmax: "softmax over class means",
  dot_regression: "dot regression",
};
const MOVING = ["normface", "ntce", "nonl"]; // prototypes move by their own gradient
const CARRIED = ["supcon", "prototype_softmax"]; // prototypes are the class means

// vectors of three stand one after the other in one array; a, b say which
const dot = (A, a, B, b) =>
  A[3 * a] * B[3 * b] + A[3 * a + 1] * B[3 * b + 1] + A[3 * a + 2] * B[3 * b + 2];
function add(A, a, B, b, weight) {
  for (let k = 0; k < 3; k++) A[3 * a + k] += weight * B[3 * b + k];
}
const vectorOf = (A, a) => A.slice(3 * a, 3 * a + 3);
const lengthOf = (A, a) => sqrt(dot(A, a, A, a));

// directions as pairs of int8 on an octahedron
export function unfold(pairs) {
  const n = pairs.length / 2;
  const out = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    let x = pairs[2 * i] / 127;
    let y = pairs[2 * i + 1] / 127;
    const z = 1 - abs(x) - abs(y);
    if (z < 0) {
      const [across, up] = [x, y];
      x = (1 - abs(up)) * (across < 0 ? -1 : 1);
      y = (1 - abs(across)) * (up < 0 ? -1 : 1);
    }
    const r = hypot(x, y, z);
    out.set([x / r, y / r, z / r], 3 * i);
  }
  return out;
}

// --- a state: {U [3N], W [3K], y [N], K, loss, tau, rate, fraction, nonNegative, t}; U and W are
// unit vectors, changed in place

export function means(U, y, K) {
  const raw = new Float64Array(3 * K);
  const unit = new Float64Array(3 * K);
  const n = Array(K).fill(0);
  const length = [];
  y.forEach((c, i) => {
    n[c]++;
    add(raw, c, U, i, 1);
  });
  for (let c = 0; c < K; c++) {
    length[c] = max(lengthOf(raw, c), 1e-12);
    for (let k = 3 * c; k < 3 * c + 3; k++) {
      unit[k] = raw[k] / length[c];
      raw[k] /= n[c];
    }
  }
  return { raw, unit, length, n };
}

// each class gives its next ⌈fraction·n⌉ points, at least two, in rotation
export function batch({ y, K, fraction, t }) {
  return range(K).flatMap((c) => {
    const own = range(y.length).filter((i) => y[i] === c);
    const size = min(own.length, max(2, ceil(fraction * own.length)));
    return range(size).map((j) => own[(t * size + j) % own.length]);
  });
}

// log-sum-exp of a row, which turns into its softmax
function soften(row) {
  const top = max(...row);
  let total = 0;
  for (let j = 0; j < row.length; j++) {
    row[j] = exp(row[j] - top);
    total += row[j];
  }
  for (let j = 0; j < row.length; j++) row[j] /= total;
  return top + log(total);
}

// Each of these adds a loss's gradient to dU and dW, and returns the summed loss. `pull(c, i, g)`
// takes the derivative g by the cosine of prototype c and point i.
function pairs({ U, y, tau, idx, n, dU }) {
  let value = 0;
  for (const i of idx) {
    const like = n[y[i]] - 1;
    const isLike = (j) => j !== i && y[j] === y[i];
    const p = idx.map((j) => (j === i ? -Infinity : dot(U, i, U, j) / tau));
    idx.forEach((j, b) => {
      if (isLike(j)) value -= p[b] / like;
    });
    value += soften(p);
    idx.forEach((j, b) => {
      if (j === i) return;
      const g = (p[b] - (isLike(j) ? 1 / like : 0)) / idx.length / tau;
      add(dU, i, U, j, g);
      add(dU, j, U, i, g);
    });
  }
  return value;
}
function regression({ U, W, y, idx, pull }) {
  let value = 0;
  for (const i of idx) {
    const off = dot(W, y[i], U, i) - 1;
    value += (off * off) / 2;
    pull(y[i], i, off / idx.length);
  }
  return value;
}
// over the classes, for each point
function classes({ U, W, y, K, tau, idx, n, carried, pull }) {
  let value = 0;
  for (const i of idx) {
    const p = range(K).map((c) => dot(W, c, U, i) / tau + (carried ? log(n[c]) : 0));
    value -= dot(W, y[i], U, i) / tau;
    value += soften(p);
    p.forEach((v, c) => pull(c, i, (v - (c === y[i])) / idx.length / tau));
  }
  return value;
}
// over the points, for each class
function points({ U, W, y, K, tau, loss, idx, n, pull }) {
  let value = 0;
  for (let c = 0; c < K; c++) {
    const all = idx.map((i) => dot(W, c, U, i) / tau);
    const others = all.map((v, b) => (y[idx[b]] === c ? -Infinity : v));
    const p = loss === "nonl" ? others : [...all];
    value += n[c] * soften(p);
    idx.forEach((i, b) => {
      if (y[i] === c) value -= all[b];
      pull(c, i, (n[c] * p[b] - (y[i] === c)) / idx.length / tau);
    });
  }
  return value;
}
const GRADIENTS = {
  normface: classes,
  ntce: points,
  nonl: points,
  supcon: pairs,
  prototype_softmax: classes,
  dot_regression: regression,
};

// value of a batch, and its gradients in the cosines' plain form: the radial part is taken out
// by `along`
export function gradient(state, index) {
  const { U, y, K, loss } = state;
  const idx = index ?? range(y.length);
  const carried = CARRIED.includes(loss) && means(U, y, K);
  const W = carried ? carried.unit : state.W;
  const dU = new Float64Array(U.length);
  const dW = new Float64Array(3 * K);
  const n = Array(K).fill(0);
  idx.forEach((i) => n[y[i]]++);
  function pull(c, i, g) {
    add(dU, i, W, c, g);
    add(dW, c, U, i, g);
  }
  const value = GRADIENTS[loss]({ ...state, idx, carried, W, dU, n, pull });
  if (loss === "prototype_softmax") {
    // a class mean moves with its points, without its radial part
    y.forEach((c, i) => {
      add(dU, i, dW, c, 1 / carried.length[c]);
      add(dU, i, W, c, -dot(W, c, dW, c) / carried.length[c]);
    });
  }
  return { value: value / idx.length, dU, dW };
}
export const loss = (state, index) => gradient(state, index).value;

// a step along the sphere and back to length 1; returns the largest move
function along(X, G, pace, nonNegative) {
  let most = 0;
  for (let i = 0; i < X.length / 3; i++) {
    const radial = dot(X, i, G, i);
    const free = range(3).map((k) => X[3 * i + k] - pace * (G[3 * i + k] - radial * X[3 * i + k]));
    const moved = nonNegative ? free.map((v) => max(v, 0)) : free;
    const r = hypot(...moved);
    if (r <= 1e-12) continue;
    moved.forEach((v, k) => {
      most = max(most, abs(v / r - X[3 * i + k]));
      X[3 * i + k] = v / r;
    });
  }
  return most;
}
export function carry(state) {
  if (CARRIED.includes(state.loss)) state.W.set(means(state.U, state.y, state.K).unit);
  return state;
}
export function step(state) {
  const idx = batch(state);
  const { dU, dW } = gradient(state, idx);
  const pace = state.rate * (state.loss === "dot_regression" ? 1 : state.tau);
  state.moved = along(state.U, dU, pace * idx.length, state.nonNegative);
  if (MOVING.includes(state.loss)) {
    state.moved = max(state.moved, along(state.W, dW, pace * state.K));
  }
  state.t++;
  return carry(state);
}

// --- what a loss cannot go below: M points of K classes, `gap` between the logits

function floorAt(name, K, M, gap) {
  const m = M / K;
  const soft = log1p((K - 1) * exp(-gap));
  const floors = {
    normface: soft,
    ntce: log(m) + soft,
    nonl: log(m * (K - 1)) - gap,
    supcon: log(m - 1 + m * (K - 1) * exp(-gap)),
    prototype_softmax: log(m) + soft,
    dot_regression: 0,
  };
  return floors[name];
}
export const floor = (name, K, M, tau) => floorAt(name, K, M, K / (K - 1) / tau);
// features without negative coordinates, in K dimensions or more
export function orthantFloor(name, K, M, tau) {
  const cosineGap = MOVING.includes(name) ? sqrt(K / (K - 1)) : 1;
  return floorAt(name, K, M, cosineGap / tau);
}
export const orthantClass = (K) => 2 * (1 - sqrt((K - 1) / K));

// eigenvalues and, in columns, eigenvectors of a symmetric n × n matrix, by Jacobi's rotations
export function eigen(matrix, n) {
  const A = Float64Array.from(matrix);
  const V = Float64Array.from(range(n * n), (i) => +(i % (n + 1) === 0));
  function rotate(p, q) {
    const theta = (A[q * n + q] - A[p * n + p]) / (2 * A[p * n + q]);
    const t = (theta < 0 ? -1 : 1) / (abs(theta) + hypot(theta, 1));
    const c = 1 / hypot(t, 1);
    const s = t * c;
    const turn = (X, i, j) => ([X[i], X[j]] = [c * X[i] - s * X[j], s * X[i] + c * X[j]]);
    for (let k = 0; k < n; k++) turn(A, k * n + p, k * n + q);
    for (let k = 0; k < n; k++) {
      turn(A, p * n + k, q * n + k);
      turn(V, k * n + p, k * n + q);
    }
  }
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (abs(A[p * n + q]) >= 1e-300) rotate(p, q);
      }
    }
  }
  return { values: range(n).map((i) => A[i * (n + 1)]), vectors: V };
}

// the six gauges of collapse, and the cosines of class means
export function gauges({ U, W, y, K }) {
  const { raw, unit, n } = means(U, y, K);
  const centre = (X) => {
    const middle = range(3).map((k) => sum(range(K).map((c) => X[3 * c + k])) / K);
    return X.map((v, i) => v - middle[i % 3]);
  };
  const centred = centre(raw);
  const directions = centre(unit);
  const lengths = range(K).map((c) => lengthOf(centred, c));
  const mean = sum(lengths) / K;
  const spread = sqrt(sum(lengths.map((v) => (v - mean) ** 2)) / K);
  const between = sum(lengths.map((v) => v * v)) / K;
  const squaredGap = (A, a, B, b) => sum(range(3).map((k) => (A[3 * a + k] - B[3 * b + k]) ** 2));
  const within = sum(y.map((c, i) => squaredGap(U, i, raw, c) / n[c])) / K;
  const nearer = (i, a, b) => dot(U, i, unit, a) > dot(U, i, unit, b);
  const lost = y.filter((c, i) => range(K).some((k) => k !== c && nearer(i, k, c)));
  const table = (f) => range(K).flatMap((a) => range(K).map((b) => f(a, b)));
  const angle = (a, b) => dot(centred, a, centred, b) / lengths[a] / lengths[b];
  const off = table((a, b) => (a === b ? 0 : abs(angle(a, b) + 1 / (K - 1))));
  const gram = table((a, b) => dot(directions, a, directions, b));
  const values = eigen(gram, K).values.map((v) => max(v, 0));
  const total = sum(values);
  const entropy = -sum(values.map((v) => (v > 0 ? (v / total) * log(v / total) : 0)));
  return {
    nc1: within / between,
    equinorm: spread / mean,
    equiangular: sum(off) / (K * K - K),
    nc3: sum(range(K).map((c) => squaredGap(W, c, unit, c))) / K,
    nc4: lost.length / y.length,
    er_inter: exp(entropy),
    cosines: table((a, b) => dot(unit, a, unit, b)),
  };
}

// the ideal arrangement: antipodes, a triangle, a tetrahedron; none for more classes in three
// dimensions
export function etf(K) {
  const third = (2 * Math.PI) / 3;
  const frames = {
    2: [1, 0, 0, -1, 0, 0],
    3: range(3).flatMap((c) => [sin(c * third), 0, cos(c * third)]),
    4: [1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1].map((v) => v / sqrt(3)),
  };
  return frames[K];
}

// the same, turned or mirrored to lie nearest to given directions: M (MᵀM)^-½ with M = Σ unit eᵀ
export function nearestEtf(unit, K) {
  const E = etf(K);
  const M = range(9).map((i) => {
    const row = Math.floor(i / 3);
    return sum(range(K).map((c) => unit[3 * c + row] * E[3 * c + (i % 3)]));
  });
  const column = (A, k) => [A[k], A[3 + k], A[6 + k]];
  const inner = (a, b) => dot(a, 0, b, 0);
  const MtM = range(9).map((i) => inner(column(M, Math.floor(i / 3)), column(M, i % 3)));
  const { values, vectors } = eigen(MtM, 3);
  const near = Array(3 * K).fill(0);
  values.forEach((v, j) => {
    if (v <= 1e-20) return;
    const from = column(vectors, j);
    const to = range(3).map((r) => inner(vectorOf(M, r), from));
    for (let c = 0; c < K; c++) add(near, c, to, 0, inner(from, vectorOf(E, c)) / sqrt(v));
  });
  return range(K).every((c) => abs(dot(near, c, near, c) - 1) < 1e-6) ? near : E;
}

// uniform numbers from a seed
function randomFrom(seed) {
  let a = (seed * 2654435761) >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
// random directions from a seed
export function start(counts, seed, nonNegative) {
  const next = randomFrom(seed);
  const normal = () => sqrt(-2 * log(1 - next())) * cos(2 * Math.PI * next());
  function direction() {
    const v = [normal(), normal(), normal()];
    const r = hypot(...v);
    return v.map((x) => x / r);
  }
  const y = counts.flatMap((n, c) => Array(n).fill(c));
  const W = Float64Array.from(counts.flatMap(direction));
  const free = Float64Array.from(y.flatMap(direction));
  return { U: nonNegative ? free.map(abs) : free, W, y, K: counts.length, t: 0 };
}

// --- what the figure is made of

const LIGHT = "#0072b2 #e69f00 #009e73 #d55e00 #cc79a7 #56b4e9 #f0e442 #000000".split(" ");
const DARK = "#56b4e9 #e69f00 #009e73 #d55e00 #cc79a7 #0072b2 #f0e442 #d0d0d0".split(" ");
const AT_REST = {
  mode: "free",
  loss: "nonl", // on the left …
  against: "ntce", // … and on the right
  classes: 4,
  per_class: 8,
  tau: 0.1,
  fraction: 1,
  imbalance: 1,
  non_negative: false,
  rate: 0.1,
  seed: 1,
  at: 0, // steps from the start; -1: the points are where Python or the reader has put them
  run: 0,
  beside: 0,
  frame: 0,
  playing: false,
};
const RACE = 300; // steps
const SIDES = [0, 1]; // left, right
const GAUGES = ["nc1", "equinorm", "equiangular", "nc3", "nc4", "er_inter"];
const NEW_POINTS = ["classes", "per_class", "imbalance", "seed"]; // a change of these begins anew
// and of these need not
const SOFT = ["loss", "against", "tau", "rate", "fraction", "non_negative"];
const GIVEN = ["features", "prototypes", "labels"];
const HOME = [0.94, 0, -0.342, -0.117, 0.94, -0.321, 0.321, 0.342, 0.883];

const CSS = `
.sp { --on: #fff; }
.sp[data-dark] { --on: #0d1117; }
.sp :is(p, table) { margin: 0; }
.sp .whole { display: grid; gap: 10px; }
.sp .two { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 4px 12px; }
.sp .two { text-align: center; }
.sp .two select { font-weight: 650; max-width: 100%; }
.sp .stage {
  aspect-ratio: 2;
  width: 100%;
  touch-action: pan-y;
  cursor: grab;
  user-select: none;
  position: relative;
  border-radius: 6px;
}
.sp canvas { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.sp .legend {
  display: flex;
  flex-wrap: wrap;
  gap: 2px 14px;
  justify-content: center;
  font-size: 13px;
}
.sp .legend svg {
  width: 20px;
  height: 12px;
  margin-right: 6px;
  vertical-align: -1px;
  fill: none;
  stroke: currentColor;
  stroke-width: 2;
}
.sp .soft { color: var(--soft); font-size: 13px; }
.sp .tip { text-align: center; }
.sp .side {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr));
  gap: 12px 28px;
}
.sp .now { display: table; border-collapse: collapse; color: var(--fg); font-size: 13px; }
.sp .now { width: 100%; }
.sp .now :is(th, td) {
  padding: 3px 0 3px 8px;
  border-bottom: 1px solid var(--line);
  text-align: right;
  font-weight: 400;
}
.sp .now :is(th, td):first-child { text-align: left; padding-left: 0; }
.sp .now td:is(:nth-child(2), :nth-child(3)) { font-weight: 650; white-space: nowrap; }
.sp .note:empty { display: none; }
.sp .chart { display: block; width: 100%; max-width: 460px; font-size: 11px; }
.sp i {
  display: inline-block;
  width: .8em;
  height: .8em;
  border-radius: 50%;
  margin-right: 5px;
  vertical-align: -.05em;
}
.sp .panel {
  padding: 12px 14px;
  background: var(--panel);
  border: 1px solid var(--line);
  border-radius: 6px;
  display: grid;
  gap: 10px;
}
.sp .bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: baseline; }
.sp .apart { justify-content: space-between; }
.sp .knobs {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 290px), 1fr));
  gap: 4px 28px;
}
.sp .knob {
  display: grid;
  grid-template-columns: 8.4em minmax(0, 1fr) 2.8em;
  gap: 8px;
  align-items: center;
  min-height: 30px;
}
.sp .knob select { grid-column: 2/4; }
.sp .knob b { text-align: right; font-weight: 400; }
.sp :is(select, button, .chips label) { min-height: 28px; cursor: pointer; }
.sp .main.main { background: var(--hot); border-color: var(--hot); color: var(--on); }
.sp .chips { display: flex; flex-wrap: wrap; gap: 6px; }
.sp .chips label {
  position: relative;
  border: 1px solid var(--soft);
  border-radius: 5px;
  padding: 3px 10px;
}
.sp .chips input {
  position: absolute;
  inset: 0;
  width: 100%;
  height: 100%;
  opacity: 0;
  cursor: pointer;
}
.sp .chips label:has(:checked) {
  border-color: var(--hot);
  box-shadow: inset 0 0 0 1px var(--hot);
  background: color-mix(in srgb, var(--hot) 14%, var(--panel));
}
.sp .chips label:has(:disabled) { opacity: .6; }
.sp .chips label:has(:focus-visible) { outline: 2px solid var(--hot); outline-offset: 2px; }
`;
const select = (key, name, texts) =>
  `<label class="knob"><span>${name}</span>
  <select data-k="${key}">${optionsOf(texts)}</select></label>`;
const heading = (key, kind, name, texts) =>
  `<select data-k="${key}" data-m="${kind}" aria-label="${name}">${optionsOf(texts)}</select>`;
const glyph = (shape, text, attributes = "") =>
  `<span ${attributes}><svg viewBox="0 0 20 12" aria-hidden="true">${shape}</svg>${text}</span>`;
// a radio button that looks like a chip; `id` keeps the groups of two figures on a page apart
const chip = (id, value, text) =>
  `<label><input type="radio" name="mode${id}" data-k="mode" value="${value}">${text}</label>`;
const STAGE_NAME =
  "Two unit spheres: arrow keys turn them, N and P choose an arrow, a point or a class mean, " +
  "Shift with arrow keys moves it, 0 resets the view";
const TIP = '<path d="M18 6l-8-4v8z" fill="currentColor" stroke="none"/>';
const headsOf = (runNames) => `
<div class="two">
<div>${heading("loss", "free", "Loss on the left", LOSSES)}
${heading("run", "measured", "Run on the left", runNames)}<p class="line"></p></div>
<div>${heading("against", "free", "Loss on the right", LOSSES)}
${heading("beside", "measured", "Run on the right", runNames)}<p class="line"></p></div></div>`;
const BALLS = `
<div class="stage" tabindex="0" role="group" aria-label="${STAGE_NAME}">
<canvas role="img" aria-label="Two unit spheres"></canvas></div>
<p class="legend">
${glyph('<circle cx="10" cy="6" r="4" fill="currentColor"/>', "feature")}
${glyph('<circle cx="10" cy="6" r="5"/>', "class mean")}
${glyph(`<path d="M0 6h11"/>${TIP}`, "prototype (weights)")}
${glyph('<path d="M0 6h20" stroke-dasharray="4 4"/>', "nearest simplex")}
${glyph('<path d="M1 10a13 13 0 0 1 18 0" stroke-width="3"/>', "orthant", 'class="corner"')}
<span class="names"></span></p>
<p class="soft tip">
<span data-m="free">Drag a feature, a class mean or a prototype: it moves in both. Drag anything
else
to turn both.</span>
<span data-m="measured">Measured, so nothing can be moved: drag to turn both.</span></p>`;
const BUTTONS = `
<span class="bar" data-m="free"><button class="main" data-b="play"></button>
<button data-b="step">Step</button><button data-b="reset">To the start</button>
<button data-b="fresh">New start</button></span>`;
const KNOBS = `
<div class="knobs" data-m="free">
${slider("tau", "Temperature τ", 0.05, 1, 0.05)}
${slider("rate", "Learning rate", 0.02, 1, 0.02)}
${slider("fraction", "Batch fraction", 0.1, 1, 0.1)}
${slider("per_class", "Points per class", 5, 20)}
${select("classes", "Classes", { 2: 2, 3: 3, 4: 4 })}
${select("imbalance", "Smallest class", { 1: "as large", 0.1: "a tenth" })}</div>
<label data-m="free"><input type="checkbox" data-k="non_negative">
Non-negative features, as behind a ReLU</label>
<div class="knobs" data-m="measured">${slider("frame", "Training step", 0, 0)}
<span><button data-b="free">Let these points go</button></span></div>
<p class="soft note"></p>`;
const SIDE = `
<div><p class="soft">Spread within over between classes, by step</p>
<svg class="chart" viewBox="0 0 340 126" role="img"></svg></div><table class="now"></table>`;
const htmlOf = (id, runNames) => `<style>${LOOK}${CSS}</style>
<div class="whole">${headsOf(runNames)}${BALLS}
<div class="panel"><div class="bar apart">
<div class="chips" role="radiogroup" aria-label="Shown">
${chip(id, "free", "Free points")}${chip(id, "measured", "Measured runs")}</div>${BUTTONS}</div>
${KNOBS}</div><div class="side">${SIDE}</div></div><div class="quiet" role="status"></div>`;

// small numbers in powers of ten
function num(value, digits = 3) {
  if (value === 0 || abs(value) >= 5e-4) return value === 0 ? "0" : fixed(value, digits);
  if (abs(value) < 1e-12) return "< 10⁻¹²";
  return (value < 0 ? "−" : "") + scientific(abs(value));
}

function unpackRun(run) {
  return {
    ...run,
    y: [...decode(run.labels)],
    U: unfold(decode(run.features)),
    W: unfold(decode(run.prototypes)),
    gauges: decode(run.gauges),
    values: decode(run.values),
    cosines: decode(run.cosines),
    kept: decode(run.kept),
  };
}

// puts a point of X at a place
function place3(X, i, p) {
  const r = hypot(...p);
  if (r < 1e-9) return;
  X.set(
    p.map((v) => v / r),
    3 * i,
  );
}
// turns the points of a class so that their mean comes to a place: a rotation in one plane
export function turnClass({ U, y, K }, c, to) {
  const from = vectorOf(means(U, y, K).unit, c);
  const together = 1 + dot(from, 0, to, 0);
  if (together < 1e-6) return; // the other side: no one way leads there
  y.forEach((k, i) => {
    if (k !== c) return;
    const along = (dot(from, 0, U, i) + dot(to, 0, U, i)) / together;
    const onto = 2 * dot(from, 0, U, i);
    place3(
      U,
      i,
      range(3).map((j) => U[3 * i + j] - along * (from[j] + to[j]) + onto * to[j]),
    );
  });
}

// --- the figure

function mount(model, el) {
  const runs = (model.get("runs") ?? []).map(unpackRun);
  const runNames = runs.map(({ title }) => title);
  const place = takePlace(el, "fig sp", htmlOf(Math.random().toString(36).slice(2), runNames));
  const { root, signal, find, findAll, listen } = place;
  const pick = { ...AT_REST };
  const input = (key) => find(`[data-k=${key}]`);
  const canvas = find("canvas");
  const stage = find(".stage");
  const chart = find(".chart");
  let s; // the free points, left and right
  let shown; // what is on the two spheres, free or measured
  let view = [...HOME]; // rows: the page's axes
  let held = null; // what the pointer holds …
  let chosen = null; // … or touched last
  let byHand = false; // the points are no longer where the losses took them from the start
  let playing = false;
  let goal = 0; // the step at which the race stops
  let stale = false; // Python, or a button in the text, has changed what is to be shown
  let queued = false;
  let visible = true;
  let dark;
  let palette = LIGHT;
  let toldAt = 0;
  let ideal = [];
  let trails; // spread by step
  let last = []; // the numbers of the two spheres

  const run = (side = 0) => runs[side ? pick.beside : pick.run];
  const frameOf = (side) => min(pick.frame, run(side).steps.length - 1);
  const isMeasured = () => pick.mode === "measured" && runs.length > 0;
  function classSizes() {
    const size = (c) => pick.per_class * pick.imbalance ** (c / (pick.classes - 1));
    return range(pick.classes).map((c) => max(2, round(size(c))));
  }
  // points given by Python
  function given() {
    const [U, W, y] = GIVEN.map((key) => decode(model.get(key)));
    if (pick.at >= 0 || !U || !W || !y || U.length !== 3 * y.length) return null;
    const points = { U, W, y: [...y], K: W.length / 3 };
    return [points, points];
  }
  // from given points; or from the seed, as many steps on as the reader has chosen
  function begin(from) {
    const first = start(classSizes(), pick.seed, pick.non_negative);
    byHand = !!from;
    s = SIDES.map((side) => {
      const { U, W, y, K } = from?.[side] ?? first;
      return { U: Float64Array.from(U), W: Float64Array.from(W), y, K, t: 0 };
    });
    s.forEach((points, side) => adapt(points, side, !from));
    trails = [[], []];
    keep();
    if (!from) while (s[0].t < pick.at) advance();
    goal = RACE;
    chosen = held = null;
    redraw();
  }
  // puts the points under what the reader has chosen
  function adapt(points, side, fresh) {
    const { loss, against, tau, rate, fraction } = pick;
    const nonNegative = pick.non_negative;
    Object.assign(points, { loss: side ? against : loss, tau, rate, fraction, nonNegative });
    const { U, W, y, K } = points;
    if (nonNegative) U.set(U.map(abs));
    if (points.loss === "dot_regression" && fresh === true && K < 5) {
      W.set(nearestEtf(means(U, y, K).unit, K));
    }
    carry(points);
  }
  function advance() {
    s.forEach(step);
    keep();
  }
  function keep() {
    const { t } = s[0];
    if (t > 20 && t % 5) return;
    s.forEach((points, side) => trails[side].push([t, gauges(points).nc1]));
  }
  function pointsOn(side) {
    if (!isMeasured()) return s[side];
    const { U, W, y, classes: K, loss } = run(side);
    const f = frameOf(side);
    const part = (X, n) => X.subarray(3 * n * f, 3 * n * (f + 1));
    return { U: part(U, y.length), W: part(W, K), y, K, loss };
  }

  // --- the loop: a step a frame while the race goes on

  function redraw() {
    if (queued) return;
    queued = true;
    requestAnimationFrame(frame);
  }
  function frame() {
    queued = false;
    if (signal.aborted) return;
    if (stale) renew();
    const busy = playing && !isMeasured();
    if (busy && visible) {
      advance();
      pin();
    }
    paint();
    describe(busy);
    if (!busy) return;
    if (s[0].t >= goal && !held) play(false);
    else if (visible) redraw();
  }
  function renew() {
    stale = playing = false;
    begin(given());
    if (model.get("playing")) play(true);
    controls();
  }
  // what the pointer holds stays under it
  function pin() {
    if (held?.p) put(held, held.p);
  }
  function put({ kind, i }, to) {
    const p = to.map((v) => v / hypot(...to));
    byHand = true;
    for (const points of s) {
      const { U, W, loss, nonNegative } = points;
      if (kind === "point") place3(U, i, nonNegative ? p.map((v) => max(v, 0)) : p);
      else if (kind === "arrow" && !CARRIED.includes(loss)) place3(W, i, p);
      else turnClass(points, i, p);
      if (nonNegative) U.set(U.map(abs));
      carry(points);
    }
  }
  const isOver = () => !byHand && s[0].t >= RACE;
  function play(go) {
    if (go && isOver()) {
      pick.at = 0;
      begin();
    }
    playing = go;
    if (go) {
      goal = s[0].t + RACE;
      forget({ playing: true });
    } else {
      say();
      tell();
    }
    controls();
    redraw();
  }

  // --- drawing

  const turned = (X, i) => range(3).map((row) => dot(view, row, X, i));
  // everything on a sphere, the farthest first
  function items(side) {
    const { U, W, y, K } = shown[side];
    const { unit } = means(U, y, K);
    ideal[side] = K < 5 && K > 1 ? nearestEtf(unit, K) : null;
    const list = [
      ...y.map((c, i) => ({ kind: "point", X: U, i, c })),
      ...range(K).flatMap((c) => [
        { kind: "arrow", X: W, i: c, c },
        { kind: "ring", X: unit, i: c, c },
      ]),
    ];
    for (const item of list) [item.x, item.y, item.z] = turned(item.X, item.i);
    return list.sort((a, b) => a.z - b.z);
  }
  function size() {
    const [w, h] = [stage.clientWidth, stage.clientHeight];
    const least = min(w / 2, h);
    return { w, h, R: min(0.41 * least, least / 2 - 24), grain: clamp(least / 300, 0.6, 1) };
  }
  const middleOf = (side, w) => (w * (1 + 2 * side)) / 4;
  function trace(g, ...points) {
    g.beginPath();
    points.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
  }
  function disc(g, x, y, r) {
    g.beginPath();
    g.arc(x, y, r, 0, 7);
  }
  function stroke(g, width, colour) {
    g.lineWidth = width;
    g.strokeStyle = colour;
    g.stroke();
  }
  function drawBall(g, R, ink) {
    const shades = dark ? ["#2b3645", "#1b2330", "#131922"] : ["#fdfefe", "#eef2f5", "#d8dfe5"];
    const light = g.createRadialGradient(-0.35 * R, -0.4 * R, 0.1 * R, 0, 0, R);
    shades.forEach((shade, i) => light.addColorStop(i / 2, shade));
    disc(g, 0, 0, R);
    g.fillStyle = light;
    g.fill();
    g.globalAlpha = 0.35;
    stroke(g, 1, ink);
  }
  // a line over the sphere; what lies behind is fainter
  function drawLine(g, R, points, width, alpha, behind) {
    g.lineWidth = width;
    for (let i = 1; i < points.length; i++) {
      const [a, b] = [turned(points[i - 1], 0), turned(points[i], 0)];
      g.globalAlpha = a[2] + b[2] < 0 ? alpha * behind : alpha;
      trace(g, [R * a[0], -R * a[1]], [R * b[0], -R * b[1]]);
      g.stroke();
    }
  }
  function arc(axis, n, angle) {
    return range(n + 1).map((i) => {
      const p = [0, 0, 0];
      p[axis] = cos((angle * i) / n);
      p[(axis + 1) % 3] = sin((angle * i) / n);
      return p;
    });
  }
  // three great circles; in the orthant, the quarters that bound it heavier
  function drawCircles(g, R) {
    for (let axis = 0; axis < 3; axis++) {
      drawLine(g, R, arc(axis, 72, 2 * Math.PI), 1, 0.16, 0.5);
      if (pick.non_negative && !isMeasured()) {
        drawLine(g, R, arc(axis, 18, Math.PI / 2), 2.5, 0.6, 0.5);
      }
    }
  }
  function drawIdeal(g, R, side) {
    const corners = ideal[side];
    if (!corners) return;
    g.setLineDash([5, 5]);
    for (let a = 0; a < shown[side].K; a++) {
      for (let b = 0; b < a; b++) {
        drawLine(g, R, [vectorOf(corners, a), vectorOf(corners, b)], 1.2, 0.5, 1);
      }
    }
    g.setLineDash([]);
  }
  const drawItem = {
    point(g, x, y, { grow, paper }) {
      disc(g, x, y, 4.3 * grow);
      g.fill();
      if (!isMeasured()) stroke(g, 1, paper);
    },
    ring(g, x, y, { grow, paper, ink, colour, name, back }) {
      const r = hypot(x, y) || 1;
      const out = 6 + 15 * grow;
      const [u, v] = [x + (out * x) / r, y + (out * y) / r];
      disc(g, x, y, 9.5 * grow);
      stroke(g, 4.5, paper);
      stroke(g, 2.4, colour);
      g.globalAlpha = back ? 0.75 : 1;
      g.fillStyle = ink;
      g.strokeStyle = paper;
      g.lineWidth = 3;
      g.font = "650 14px system-ui,sans-serif";
      g.textAlign = "center";
      g.textBaseline = "middle";
      g.strokeText(name, u, v);
      g.fillText(name, u, v);
    },
    arrow(g, x, y, { paper, colour, grow }) {
      const r = hypot(x, y);
      const tip = min(13 * grow, r);
      const shaft = 1 - tip / (r || 1);
      trace(g, [0, 0], [x * shaft, y * shaft]);
      stroke(g, 5.5, paper);
      stroke(g, 3, colour);
      g.save();
      g.translate(x, y);
      g.rotate(Math.atan2(y, x));
      trace(g, [2, 0], [-tip, tip / 2], [-tip, -tip / 2]);
      g.closePath();
      stroke(g, 1.5, paper);
      g.fill();
      g.restore();
    },
  };
  const letter = (c) => "ABCDEFGH"[c];
  const isChosen = ({ kind, i }) => chosen && kind === chosen.kind && i === chosen.i;
  function paint() {
    shown = SIDES.map(pointsOn);
    const lists = SIDES.map(items);
    const { w, h, R, grain } = size();
    if (R < 4) return; // no size yet, or hidden: the observer draws once there is one
    const g = canvas.getContext("2d");
    const ratio = fitCanvas(canvas, w, h);
    const ink = dark ? "#e6edf3" : "#1c2128";
    const paper = dark ? "#0d1117" : "#fff";
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, w, h);
    for (const side of SIDES) {
      g.setTransform(ratio, 0, 0, ratio, middleOf(side, w) * ratio, (h / 2) * ratio);
      drawBall(g, R, ink);
      drawCircles(g, R);
      drawIdeal(g, R, side);
      for (const item of lists[side]) {
        const [x, y] = [R * item.x, -R * item.y];
        const colour = palette[item.c];
        const back = item.z < 0;
        const grow = grain * (1 + 0.2 * item.z);
        g.globalAlpha = back ? 0.5 : 1;
        g.fillStyle = colour;
        drawItem[item.kind](g, x, y, { grow, paper, ink, colour, back, name: letter(item.c) });
        if (isChosen(item)) {
          g.globalAlpha = 1;
          disc(g, x, y, 14);
          stroke(g, 2, ink);
        }
      }
    }
    g.globalAlpha = 1;
  }

  // --- words and numbers

  function measuredNumbers(side) {
    const { K } = shown[side];
    const { gauges: stored, values, cosines, dim, kept } = run(side);
    const f = frameOf(side);
    return {
      ...Object.fromEntries(GAUGES.map((name, k) => [name, stored[6 * f + k]])),
      cosines: cosines
        ? [...cosines.subarray(K * K * f, K * K * (f + 1))]
        : gauges(shown[side]).cosines,
      value: values?.[f],
      w: 0,
      spread: dim ? K - 1 : min(K - 1, 3),
      seen: dim
        ? `; ${dim} dimensions, of whose squared length the drawing keeps ` +
          `${(100 * kept[f]).toFixed(0)} %`
        : "",
    };
  }
  // is a closed form of the least loss known, and why not?
  function closedForm({ K, y, nonNegative, loss }) {
    const sizes = range(K).map((c) => y.filter((v) => v === c).length);
    const even = new Set(sizes).size === 1;
    if (!even) return { note: "Classes of unequal size: no floor in closed form is known here." };
    if (!nonNegative) return { known: true, note: "" };
    if (K > 3) {
      const why = "Four orthogonal axes do not fit in three dimensions";
      return { note: `${why}: no floor in closed form here.` };
    }
    if (loss === "dot_regression") return { note: "" };
    const apart = `2(1 − √(${K - 1}/${K})) = ${fixed(orthantClass(K), 3)}`;
    const note = `Non-negative features end orthogonal, and free prototypes ${apart} from them.`;
    return { known: true, note };
  }
  function freeNumbers(side) {
    const points = s[side];
    const { K, y, tau, nonNegative } = points;
    const { known, note } = closedForm(points);
    const floorOf = nonNegative ? orthantFloor : floor;
    const value = loss(points);
    const least = known ? floorOf(points.loss, K, y.length, tau) : null;
    let w = known ? orthantClass(K) : null; // where weights end
    if (!nonNegative || CARRIED.includes(points.loss)) w = 0;
    return { ...gauges(points), value, floor: least, w, spread: min(K - 1, 3), note, seen: "" };
  }
  const nameOn = (side) => (isMeasured() ? run(side).title : LOSSES[s[side].loss]);
  const stepText = (side) => grouped(isMeasured() ? run(side).steps[frameOf(side)] : s[side].t);
  const lineOn = ({ nc1, seen }, side) => `spread ${num(nc1)} after ${stepText(side)} steps${seen}`;
  function goalText(goal) {
    if (goal == null) return "none";
    return goal % 1 ? goal.toFixed(3) : goal;
  }
  // how far a loss is above the least that it can be
  function aboveText({ value, floor: least }) {
    if (least == null) return value == null ? "not kept" : `no floor`;
    return value - least < 1e-12 ? "0" : num(value - least, 4);
  }
  function cosineText({ cosines }, side) {
    const { K } = shown[side];
    const off = cosines.filter((v, i) => i % (K + 1));
    return `${fixed(min(...off))} … ${fixed(max(...off))}`;
  }
  function gaugeTable() {
    const { w, spread } = last[0];
    const { K } = shown[0];
    const row = (text, key, goal) => [text, ...last.map((n) => num(n[key])), goalText(goal)];
    const rows = [
      ["above the floor", ...last.map(aboveText), 0],
      row("spread within over between", "nc1", 0),
      row("unequal lengths of means", "equinorm", 0),
      row("angles off the frame", "equiangular", 0),
      row("weights to means", "nc3", w),
      row("nearer to another mean", "nc4", 0),
      row("directions of the means", "er_inter", spread),
      ["cosines of the means", ...last.map(cosineText), fixed(-1 / (K - 1))],
    ].slice(isMeasured() ? 1 : 0);
    const names = SIDES.map((side) => escapeHtml(nameOn(side)));
    const head = tableRow(["Measure", ...names, "ideal"], "th");
    return head + joinMap(rows, (cells) => tableRow(cells));
  }
  function describe(busy) {
    last = SIDES.map(isMeasured() ? measuredNumbers : freeNumbers);
    findAll(".line").forEach((line, side) => (line.textContent = lineOn(last[side], side)));
    find(".note").textContent = (isMeasured() ? model.get("remark") : last[0].note) ?? "";
    find(".now").innerHTML = gaugeTable();
    drawChart();
    if (busy && performance.now() - toldAt <= 500) return;
    toldAt = performance.now();
    canvas.ariaLabel = words();
  }
  // a name at the end of each line, apart from one another
  function lineEnds(lines, x, y) {
    const ends = lines.map((line) => {
      const [t, v] = line.at.at(-1);
      return { ...line, u: x(t) + 6, v: y(v) };
    });
    ends.sort((a, b) => a.v - b.v);
    ends.forEach((end, i) => {
      if (i) end.v = max(end.v, ends[i - 1].v + 12);
    });
    [...ends].reverse().forEach((end, i) => (end.v = min(end.v, 104 - 12 * i)));
    return ends;
  }
  // both axes logarithmic
  function drawChart() {
    const measured = isMeasured();
    const lines = SIDES.map((side) => ({
      side,
      name: nameOn(side).replace(/ in \d+ dimensions$/, ""),
      at: measured
        ? run(side).steps.map((t, f) => [t, run(side).gauges[6 * f]])
        : [...trails[side], [s[side].t, last[side].nc1]],
    }));
    const most = max(10, ...lines.flatMap((line) => line.at.map(([t]) => t)));
    const x = (t) => 42 + (164 * log1p(t)) / log1p(most);
    const y = (v) => 8 + 96 * clamp((1.5 - log(v) / log(10)) / 7.5, 0, 1);
    const ends = lineEnds(lines, x, y);
    const levels = [
      [1, "1"],
      [1e-3, "10⁻³"],
      [1e-6, "≤ 10⁻⁶"],
    ];
    const times = [...[0, 10, 100, 1000].filter((t) => t < most / 3), round(most)];
    const inkOf = (side) => `var(--${side ? "fg" : "hot"})`;
    const curve = ({ at, side }) => {
      const path = at.map(([t, v]) => `${x(t).toFixed(1)},${y(v).toFixed(1)}`).join(" ");
      const dash = side ? 'stroke-dasharray="6 3"' : "";
      const look = `fill="none" stroke="${inkOf(side)}" stroke-width="2.2" ${dash}`;
      return `<polyline points="${path}" ${look}/>`;
    };
    const mark = ({ at, side }) => {
      const [t, v] = measured ? at[frameOf(side)] : at.at(-1);
      return `<circle cx="${x(t)}" cy="${y(v)}" r="4" fill="${inkOf(side)}"/>`;
    };
    const random = y(lines[0].at[0][1]);
    chart.innerHTML =
      joinMap(levels, ([level, name]) => {
        const line = svgLine(`M42 ${y(level)}H206`);
        return line + svgText(37, y(level) + 4, name, 'text-anchor="end"');
      }) +
      joinMap(times, (time) => {
        const line = svgLine(`M${x(time)} 8V104`);
        return line + svgText(x(time), 120, time, 'text-anchor="middle"');
      }) +
      svgLine(`M42 ${random}H206`, "var(--soft)", 'stroke-dasharray="2 3"') +
      svgText(212, min(random + 4, 11), measured ? "before training" : "random points") +
      joinMap(lines, curve) +
      joinMap(lines, mark) +
      joinMap(ends, (end) => {
        const bold = `font-weight="650" style="fill:${inkOf(end.side)}"`;
        return svgText(end.u, max(end.v, 22) + 4, escapeHtml(end.name), bold);
      });
    const names = ends.map(({ name, at }) => `${name} ${num(at.at(-1)[1])}`).join(", ");
    chart.ariaLabel = `Spread by step. Last: ${names}`;
  }
  function words() {
    const { y, K } = shown[0];
    const side = (n, k) =>
      ` ${k ? "Right" : "Left"}: ${nameOn(k)}, ${lineOn(n, k)}; angles off the frame ` +
      `${num(n.equiangular)}, weights to means ${num(n.nc3)}.`;
    const sides = last.map(side).join("");
    return `Two unit spheres, each with ${y.length} points of ${K} classes.${sides}`;
  }
  function say() {
    if (shown) find(".quiet").textContent = words();
  }

  // --- the reader

  function save(values) {
    set(values);
    model.save_changes?.();
  }
  // where the points are, for Python
  function tell() {
    if (isMeasured()) return;
    const { U, W, y, t } = s[0];
    const rows = (X) => range(X.length / 3).map((i) => [...vectorOf(X, i)]);
    pick.at = byHand ? -1 : t;
    const at = pick.at;
    save({ features: rows(U), prototypes: rows(W), labels: [...y], at, playing: false });
  }
  const forget = (more) =>
    save({ features: null, prototypes: null, labels: null, at: -1, ...more });
  const mainText = () => {
    if (playing) return "Pause";
    if (isOver()) return "Race again from the start";
    return byHand || s[0].t ? "Go on" : "Race";
  };
  function controls() {
    const kind = isMeasured() ? "measured" : "free";
    for (const part of findAll("[data-m]")) part.hidden = part.dataset.m !== kind;
    find(".corner").hidden = isMeasured() || !pick.non_negative;
    find("[value=measured]").disabled = !runs.length;
    find("[data-b=play]").textContent = mainText();
    const names = (isMeasured() && run().names) || [];
    find(".names").innerHTML = joinMap(
      names,
      (name, c) => ` <i style="background:${palette[c]}"></i>${letter(c)} ${escapeHtml(name)}`,
    );
    if (runs.length) {
      input("frame").max = max(...SIDES.map((side) => run(side).steps.length)) - 1;
      input("frame").ariaValueText = `training step ${grouped(run().steps[frameOf(0)])}`;
    }
    for (const control of findAll("[data-k]")) {
      const key = control.dataset.k;
      const value = key === "mode" ? kind : pick[key];
      const text = control.type === "range" && control.nextElementSibling;
      if (control.type === "radio") control.checked = control.value === value;
      else if (control.type === "checkbox") control.checked = value;
      else control.value = value;
      if (!text) continue;
      if (key !== "frame") text.textContent = +value.toFixed(2);
      else text.textContent = runs.length ? grouped(run().steps[frameOf(0)]) : "";
    }
  }
  // Moving points go on under what has changed, and so do points that were moved by hand.
  // Others are
  // shown where the loss would have taken them.
  const isSoft = (key) => SOFT.includes(key) && (playing || byHand);
  function change(key, value) {
    pick[key] = value;
    save({ [key]: value });
    if (isSoft(key)) s.forEach(adapt);
    else if (NEW_POINTS.includes(key) || SOFT.includes(key)) {
      pick.at = byHand || playing ? 0 : s[0].t;
      begin();
      if (!playing) tell();
    }
    chosen = null;
    controls();
    redraw();
    requestAnimationFrame(() => {
      if (!playing || isMeasured()) say();
    });
  }
  function valueOf(control) {
    if (control.type === "checkbox") return control.checked;
    return typeof AT_REST[control.dataset.k] === "number" ? +control.value : control.value;
  }
  function toStart() {
    playing = false;
    pick.at = 0;
    begin();
    forget({ at: 0, playing });
    controls();
  }
  const press = {
    play: () => play(!playing),
    step() {
      if (playing) play(false);
      advance();
      paint();
      describe();
      say();
      tell();
      controls();
    },
    reset: toStart,
    fresh() {
      pick.seed++;
      save({ seed: pick.seed });
      toStart();
    },
    // a measured moment becomes free points
    free() {
      const from = SIDES.map(pointsOn);
      SIDES.forEach((side) => {
        if (LOSSES[from[side].loss]) pick[side ? "against" : "loss"] = from[side].loss;
      });
      pick.classes = from[0].K;
      pick.mode = "free";
      begin(from);
      save({ mode: "free", loss: pick.loss, against: pick.against, classes: pick.classes });
      tell();
      controls();
    },
  };
  listen(root, "input", ({ target }) => change(target.dataset.k, valueOf(target)));
  findAll("[data-b]").forEach((button) => listen(button, "click", press[button.dataset.b]));

  function turn(dx, dy) {
    const [right, up, near] = range(3).map((row) => vectorOf(view, row));
    const mix = (a, u, b, v) => a.map((x, k) => u * x + v * b[k]);
    const nearer = mix(near, cos(dx), right, -sin(dx));
    view = [
      ...mix(right, cos(dx), near, sin(dx)),
      ...mix(up, cos(dy), nearer, sin(dy)),
      ...mix(nearer, cos(dy), up, -sin(dy)),
    ];
    redraw();
  }
  // the sphere under the pointer
  function sideOf(event) {
    const { left, width } = stage.getBoundingClientRect();
    return +(event.clientX > left + width / 2);
  }
  // where the pointer is, from the middle of a sphere, in pixels of the page
  function fromMiddle(event, side) {
    const box = stage.getBoundingClientRect();
    const { w, h } = size();
    return [event.clientX - box.left - middleOf(side, w), event.clientY - box.top - h / 2];
  }
  // where it lies on the sphere, on the near or the far side
  function onSphere(event, { side, z: depth }) {
    const { R } = size();
    const [u, v] = fromMiddle(event, side);
    const out = max(1, hypot(u, v) / R);
    const [x, y] = [u / R / out, -v / R / out];
    const z = sqrt(max(0, 1 - x * x - y * y)) * (depth < 0 ? -1 : 1);
    return range(3).map((k) => view[k] * x + view[3 + k] * y + view[6 + k] * z);
  }
  function under(event) {
    if (isMeasured()) return null;
    const side = sideOf(event);
    const { R } = size();
    const [u, v] = fromMiddle(event, side);
    const reach = event.pointerType === "touch" ? 22 : 12;
    const harder = { point: 0, arrow: 1, ring: 5 };
    const near = items(side)
      .map((item) => ({
        item: { ...item, side },
        // a ring gives way to what it surrounds; what lies behind is a little harder to catch
        far: hypot(u - R * item.x, v + R * item.y) + harder[item.kind] + (item.z < 0 ? 8 : 0),
      }))
      .filter(({ far }) => far < reach);
    return near.sort((a, b) => a.far - b.far)[0]?.item;
  }
  let from = null; // the pointer's last event while it is down
  listen(stage, "pointerdown", (event) => {
    if (event.button || from) return;
    stage.setPointerCapture(event.pointerId);
    from = event;
    held = chosen = under(event);
  });
  // a finger that holds something moves it; elsewhere it may scroll the page
  listen(stage, "touchstart", (event) => held && event.preventDefault(), { passive: false });
  listen(stage, "pointermove", (event) => {
    if (!from) {
      stage.style.cursor = under(event) ? "pointer" : "grab";
      return;
    }
    if (event.pointerId !== from.pointerId) return;
    if (held) {
      held.p = onSphere(event, held);
      pin();
      redraw();
    } else {
      const { R } = size();
      turn((event.clientX - from.clientX) / R, (event.clientY - from.clientY) / R);
    }
    from = event;
  });
  listen(stage, "pointerup pointercancel", (event) => {
    if (from?.pointerId !== event.pointerId) return;
    const moved = held?.p;
    from = held = null;
    if (!moved) return;
    if (!playing) tell();
    controls();
    redraw();
  });
  function nudge(way) {
    const { kind, i } = chosen;
    const { X } = items(0).find((item) => item.kind === kind && item.i === i);
    const by = (k) => 0.1 * (way[0] * view[k] + way[1] * view[3 + k]);
    put(
      chosen,
      range(3).map((k) => X[3 * i + k] + by(k)),
    );
    if (!playing) tell();
    controls();
    redraw();
  }
  // arrows first, then points, then class means
  function chooseNext(by) {
    const order = (a, b) => (a.kind > b.kind) - (a.kind < b.kind) || a.i - b.i;
    const list = items(0).sort(order);
    const at = list.findIndex(isChosen);
    const next = at < 0 && by < 0 ? list.length - 1 : at + by;
    chosen = list[(next + list.length) % list.length];
    redraw();
    const kind = { point: "point", arrow: "prototype", ring: "class mean" }[chosen.kind];
    find(".quiet").textContent = `${kind} ${chosen.i} of class ${letter(chosen.c)}`;
  }
  listen(stage, "keydown", (event) => {
    const way = arrowOf(event);
    const by = { n: 1, p: -1 }[event.key.toLowerCase()];
    if (isShortcut(event)) return;
    if (way && event.shiftKey && chosen && !isMeasured()) nudge(way);
    else if (way) turn(0.1 * way[0], -0.1 * way[1]);
    else if (event.key === "0") {
      view = [...HOME];
      redraw();
    } else if (by && !isMeasured()) chooseNext(by);
    else return;
    event.preventDefault();
  });

  // --- surroundings: light or dark, in sight or not, changes made in Python

  function read() {
    for (const key in AT_REST) pick[key] = model.get(key) ?? AT_REST[key];
    const within = (value, length) => min(max(0, value), max(0, length - 1));
    pick.run = within(pick.run, runs.length);
    pick.beside = within(pick.beside, runs.length);
    if (runs.length) pick.frame = within(pick.frame, max(...runs.map((r) => r.steps.length)));
  }
  const keys = [...Object.keys(AT_REST), ...GIVEN];
  const set = followModel(model, place, keys, (key) => {
    read();
    if (isSoft(key)) s.forEach(adapt);
    else if (!["mode", "run", "beside", "frame"].includes(key)) stale = true;
    controls();
    redraw();
  });
  read();
  begin(given());
  const updateTheme = followTheme(place, (isDark) => {
    const was = dark;
    dark = isDark;
    palette = dark ? DARK : LIGHT;
    if (was !== dark) redraw();
  });
  controls();
  paint();
  describe();
  followSize(place, stage, () => {
    updateTheme();
    redraw();
  });
  const sight = new IntersectionObserver(([entry]) => {
    visible = entry.isIntersecting;
    if (visible) redraw();
  });
  sight.observe(stage);

  root.figure = {
    get state() {
      return s[0];
    },
    get other() {
      return s[1];
    },
    get view() {
      return view;
    },
    get playing() {
      return playing;
    },
    get numbers() {
      return last[0];
    },
    get others() {
      return last[1];
    },
    get ideal() {
      return ideal[0];
    },
    get shown() {
      return shown;
    },
    // where things are drawn, in pixels of the window
    places() {
      const { left, top } = stage.getBoundingClientRect();
      const { w, h, R } = size();
      return SIDES.flatMap((side) =>
        items(side).map(({ kind, i, x, y, z }) => ({
          kind,
          i,
          z,
          side,
          x: left + middleOf(side, w) + R * x,
          y: top + h / 2 - R * y,
        })),
      );
    },
    settled: () => new Promise((ok) => requestAnimationFrame(() => requestAnimationFrame(ok))),
    destroy() {
      sight.disconnect();
      place.leave();
    },
  };
  return root.figure;
}

export default figureFrom(mount);
