// Two routes' errors by the number of target samples, and a transport plan between two clouds of
// points that you can pull at. First the arithmetic, exported and compared with Python; then the
// figure.

import {
  LOOK,
  arrowOf,
  clamp,
  decodeRows as decode,
  escapeHtml,
  figureFrom,
  fixed,
  followModel,
  followSize,
  followTheme,
  grouped,
  indexOfLeast,
  isShortcut,
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

export { decode };

const { abs, ceil, exp, hypot, log, max, min, round } = Math;

// --- transport: X [n][k] and Y [m][k] are lists of points of equal weight; a matrix [n * m] goes
// row by row

export function cost(X, Y) {
  const squared = (x, y) => x.reduce((total, v, k) => total + (v - y[k]) ** 2, 0);
  return Float64Array.from(X.flatMap((x) => Y.map((y) => squared(x, y))));
}

// Row by row, along the shortest path of exchanges by the reduced costs C - u - v
export function assign(C, n) {
  const u = new Float64Array(n);
  const v = new Float64Array(n);
  const columnOf = Array(n).fill(-1);
  const rowOf = Array(n).fill(-1);
  for (let first = 0; first < n; first++) {
    const far = new Float64Array(n).fill(Infinity);
    const from = new Int32Array(n);
    const done = new Uint8Array(n);
    let i = first;
    let reach = 0;
    let j;
    for (;;) {
      j = -1;
      for (let k = 0; k < n; k++) {
        if (done[k]) continue;
        const way = reach + C[i * n + k] - u[i] - v[k];
        if (way < far[k]) {
          far[k] = way;
          from[k] = i;
        }
        if (j < 0 || far[k] < far[j]) j = k;
      }
      reach = far[j];
      done[j] = 1;
      if (rowOf[j] < 0) break;
      i = rowOf[j];
    }
    u[first] += reach;
    for (let k = 0; k < n; k++) {
      if (!done[k] || k === j) continue;
      u[rowOf[k]] += reach - far[k];
      v[k] -= reach - far[k];
    }
    // exchange along the path, back to the row that came in
    do {
      i = from[j];
      rowOf[j] = i;
      [columnOf[i], j] = [j, columnOf[i]];
    } while (i !== first);
  }
  return columnOf;
}

// largest summed deviation of the rows or of the columns from equal weights, and the cost
function measure(plan, C, n, m) {
  const rows = new Float64Array(n).fill(-1 / n);
  const columns = new Float64Array(m).fill(-1 / m);
  const size = (values) => values.reduce((total, v) => total + abs(v), 0);
  let total = 0;
  plan.forEach((weight, k) => {
    rows[Math.floor(k / m)] += weight;
    columns[k % m] += weight;
    total += weight * C[k];
  });
  return { marginal: max(size(rows), size(columns)), cost: total };
}

// Scalings u, v of a kernel K. What they learn goes into the potentials f, g before it overflows,
// and the regularisation e comes down to eps in steps.
export function sinkhorn(C, n, m, eps, { tol = 1e-6, steps = 2000 } = {}) {
  const [f, u, rowSums] = range(3).map(() => new Float64Array(n));
  const [g, v] = range(2).map(() => new Float64Array(m));
  const K = new Float64Array(n * m);
  let e = C.reduce((most, c) => max(most, c), eps);
  let used = 0;

  // a half step in logarithms
  function soften(potential, other, at) {
    for (let i = 0; i < potential.length; i++) {
      let top = -Infinity;
      let total = 0;
      for (let j = 0; j < other.length; j++) top = max(top, (other[j] - C[at(i, j)]) / e);
      for (let j = 0; j < other.length; j++) total += exp((other[j] - C[at(i, j)]) / e - top);
      potential[i] = -e * (log(potential.length) + top + log(total));
    }
  }
  function makeKernel() {
    for (let k = 0; k < n * m; k++) K[k] = exp((f[Math.floor(k / m)] + g[k % m] - C[k]) / e);
  }
  function renew() {
    soften(f, g, (i, j) => i * m + j);
    soften(g, f, (j, i) => i * m + j);
    makeKernel();
    u.fill(1);
    v.fill(1);
    used++;
  }
  function absorb() {
    u.forEach((x, i) => (f[i] += e * log(x)));
    v.forEach((x, j) => (g[j] += e * log(x)));
  }
  // both half steps; false when a scaling grows out of hand
  function scale() {
    const inHand = (s) => s > 1e-40 && s < 1e40;
    for (let i = 0; i < n; i++) {
      const scaling = 1 / n / rowSums[i];
      if (!inHand(scaling)) return false;
      u[i] = scaling;
    }
    for (let j = 0; j < m; j++) {
      let columnSum = 0;
      for (let i = 0; i < n; i++) columnSum += K[i * m + j] * u[i];
      const scaling = 1 / m / columnSum;
      if (!inHand(scaling)) return false;
      v[j] = scaling;
    }
    used++;
    return true;
  }
  function gap() {
    let off = 0;
    for (let i = 0; i < n; i++) {
      let rowSum = 0;
      for (let j = 0; j < m; j++) rowSum += K[i * m + j] * v[j];
      rowSums[i] = rowSum;
      off += abs(u[i] * rowSum - 1 / n);
    }
    return off;
  }
  for (; ; e = max(eps, e / 4)) {
    const last = e === eps;
    const most = last ? steps : min(steps, used + 40);
    renew();
    while (gap() > (last ? tol : 0.01) && used < most) {
      if (scale()) continue;
      absorb();
      renew();
    }
    absorb();
    if (last) break;
  }
  makeKernel();
  return { plan: K, steps: used, ...measure(K, C, n, m) };
}

export function solve(X, Y, eps) {
  const n = X.length;
  const m = Y.length;
  const C = cost(X, Y);
  const exact = n === m;
  if (!exact) {
    const meanCost = sum(C) / n / m;
    return { ...sinkhorn(C, n, m, eps * meanCost || 1), exact };
  }
  const plan = new Float64Array(n * n);
  assign(C, n).forEach((j, i) => (plan[i * n + j] = 1 / n));
  return { plan, exact, ...measure(plan, C, n, m) };
}

// for each target point the plan's mean of what its source points hold
export function carry(plan, n, m, values) {
  return range(m).map((j) => {
    const weights = range(n).map((i) => plan[i * m + j]);
    return sum(weights.map((weight, i) => weight * values[i])) / sum(weights);
  });
}

// where the plan takes each target point in the source
export function images(plan, n, m, X) {
  const axes = X[0].map((_, k) => {
    const coordinates = X.map((x) => x[k]);
    return carry(plan, n, m, coordinates);
  });
  return range(m).map((j) => axes.map((axis) => axis[j]));
}

const totals = (Y) => [0, 1].map((k) => sum(Y.map((y) => y[k])));

// the first m target points, sheared and spread about their mean
export function shown({ target, m, shear, spread }) {
  const Y = target.slice(0, m);
  const [cx, cy] = totals(Y).map((total) => total / m);
  return Y.map(([x, y]) => [cx + spread * (x - cx + shear * (y - cy)), cy + spread * (y - cy)]);
}

// the list of target points in which point j is shown at z: `shown` turned round
export function stored({ target, m, shear, spread }, j, z) {
  const others = totals(target.slice(0, m)).map((total, k) => total - target[j][k]);
  const free = 1 - spread;
  const same = spread + free / m;
  const lean = spread * shear;
  const y = (z[1] - (free * others[1]) / m) / same;
  const byOthers = (free * others[0] - lean * others[1]) / m;
  const x = (z[0] - byOthers - lean * (1 - 1 / m) * y) / same;
  return target.map((point, i) => (i === j ? [x, y] : [...point]));
}

// --- rates: exponents of the error in the number m of target samples. The source's function has
// smoothness s, the target's p, the map between them alpha + 1

export function exponents({ alpha, s, p, d }) {
  const slowed = min(s, 1); // an error of the map counts to the power s
  return {
    direct: p / d,
    abstract: (alpha + 1) / d,
    transfer: (slowed * (alpha + 1)) / d,
    map: slowed * min(1 / 2, (alpha + 1) / (2 * alpha + d)),
    regression: p / (2 * p + d),
  };
}

// behind the map both functions are equally rough; only what is smoother than the map is hidden
export function isPossible({ alpha, s, p }) {
  const most = alpha + 1;
  return min(s, most) === min(p, most) && min(s, p) <= most;
}

// what has to follow when one of the three is moved
export function follow(state, moved) {
  if (isPossible(state)) return {};
  const most = state.alpha + 1;
  return moved === "s" ? { p: min(state.s, most) } : { s: min(state.p, most) };
}

// the rows measured at this setting by route; of both routes on the same task, where there are such
export function measuredAt(rows, { alpha, s, p, d }) {
  const here = rows.filter((r) => {
    const anyMap = r.route === "direct" && !r.same;
    return r.d === d && r.p === p && (anyMap || (r.alpha === alpha && r.s === s));
  });
  const best = (route) =>
    here.filter((r) => r.route === route).sort((one, other) => other.same - one.same)[0];
  return { direct: best("direct"), transfer: best("transfer") };
}

// Where each law's line begins: at the first measured error. A route that is not measured begins
// beside the other, apart by `ratio`.
export function startsOf({ direct, transfer }, ratio) {
  const first = (row) => row && { m: row.m[0], error: row.error[0] };
  const known = first(direct) ?? first(transfer);
  const beside = known ?? { m: 50, error: 0.4 };
  const half = direct || !transfer ? beside : { ...beside, error: beside.error / ratio };
  return {
    direct: first(direct) ?? half,
    transfer: first(transfer) ?? { ...half, error: half.error * ratio },
  };
}

// a line's error at m = 1
export const constantOf = (start, exponent) => start.error * start.m ** exponent;

export function crossover(a, b, ratio) {
  return abs(a - b) < 1e-12 ? null : ratio ** (1 / (a - b));
}

export const needed = (error, exponent, constant) => (constant / error) ** (1 / exponent);

// Samples at which measured errors come down to `error`; `beyond` is -1 when they begin below it,
// 1 when they stay above
export function reached({ m, error: errors }, error) {
  const i = errors.findIndex((e) => e <= error);
  if (i < 1) return i ? { m: m.at(-1), beyond: 1 } : { m: m[0], beyond: -1 };
  const part = log(errors[i - 1] / error) / log(errors[i - 1] / errors[i]);
  return { m: m[i - 1] * (m[i] / m[i - 1]) ** part, beyond: 0 };
}

// least squares on logarithms
export function slopeOf({ m, error }) {
  const x = m.map((v) => log(v) - mean(m.map(log)));
  return -sum(x.map((v, i) => v * log(error[i]))) / sum(x.map((v) => v * v));
}

export function count(samples) {
  if (samples > 1e9) return "more than a billion";
  const rough = samples < 100 ? ceil(samples - 1e-9) : +samples.toPrecision(2);
  return (samples <= 1 ? 1 : rough).toLocaleString("en-GB");
}

// --- what the figure is made of

const LEFT = 10; // the plot's range of samples …
const RIGHT = 1e4;
const LOW = 0.01; // … and of errors
const HIGH = 1.4;
// name, least, most, step; where the slider goes by factors, their number
const KNOBS = {
  s: ["Source’s smoothness s", 0.25, 4, 0.25],
  p: ["Target’s smoothness p", 0.25, 4, 0.25],
  alpha: ["Laws’ smoothness α", 0, 3, 0.25],
  d: ["Dimension d", 1, 12, 1],
  error: ["Error wanted", 0.02, 0.9, 0.01],
  ratio: ["Transfer / direct at the start", 0.1, 10, 1, 40],
  m: ["Target points m", 2, 60, 1],
  shear: ["Shear", -1, 1, 0.05],
  spread: ["Spread", 0.3, 2, 0.05],
  eps: ["ε / mean cost", 0.005, 1, 1, 46],
};
const OF_RATES = ["s", "p", "alpha", "d", "error", "ratio"];
const OF_PLAN = ["m", "shear", "spread", "eps"];
const OF_TASK = ["s", "p", "alpha"];
const AT_REST = {
  alpha: 1,
  s: 0.5,
  p: 0.5,
  d: 4,
  ratio: 1,
  error: 0.25,
  textbook: 0,
  m: 50,
  shear: 0,
  spread: 1,
  eps: 0.05,
};
const VIEWS = { tasks: "Tasks of known smoothness", images: "Small grey images" };

const CSS = `
.tp { --t: #0072b2; --d: #b54b00; }
.tp[data-dark] { --t: #56b4e9; --d: #f08a3c; }
.tp-parts {
  display: grid;
  grid-template-columns: repeat(2, minmax(0, 1fr));
  gap: 24px 32px;
  align-items: start;
}
.tp :is(.tp-part, .tp-box) { display: grid; gap: 8px; grid-template-columns: minmax(0, 1fr); }
.tp svg { display: block; width: 100%; }
.tp-plot text {
  font-size: 12px;
  paint-order: stroke;
  stroke: var(--bs-body-bg, var(--jp-layout-color0, Canvas));
  stroke-width: 4px;
}
.tp-plane { border: 1px solid var(--line); border-radius: 6px; user-select: none; }
.tp-hit { fill: transparent; touch-action: none; cursor: grab; }
.tp-legend {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 175px), 1fr));
  gap: 0 12px;
  font-size: 13px;
}
.tp-legend > span { display: flex; gap: 7px; align-items: center; }
.tp .tp-legend svg { flex: none; width: 26px; height: 14px; fill: none; stroke: currentColor; }
.tp :is(sup, sub) { line-height: 0; }
.tp .tp-box { background: var(--panel); border-radius: 6px; padding: 8px 12px; gap: 4px; }
.tp label { display: flex; gap: 8px; align-items: center; min-height: 28px; }
.tp .knob { display: grid; grid-template-columns: minmax(0, 12.5em) minmax(0, 1fr) 3em; }
.tp .knob b { text-align: right; font-weight: 400; }
.tp [type="range"] { width: 100%; min-height: 24px; }
.tp-bar { display: flex; flex-wrap: wrap; gap: 8px 16px; justify-content: space-between; }
.tp-choose select { flex: 1; }
.tp-part > .tp-need { min-height: 4.4em; font-weight: 650; }
.tp-tasks { display: grid; gap: 8px; }
.tp-want { cursor: ns-resize; touch-action: none; }
.tp :disabled { opacity: 0.5; }
.tp-small { font-size: 13px; color: var(--soft); }
.tp-ramp { flex: 0 60px; height: 9px; background: linear-gradient(90deg, #0072b2, #e69f00); }
.tp-list { max-height: 260px; overflow: auto; }
.tp table { width: 100%; font-size: 13px; color: var(--fg); }
.tp table :is(th, td) { text-align: right; }
@container (max-width: 700px) {
  .tp-parts { grid-template-columns: minmax(0, 1fr); }
}
`;

function knob(key) {
  const [name, least, most, step, factors] = KNOBS[key];
  return factors ? slider(key, name, 0, factors) : slider(key, name, least, most, step);
}
const checkbox = (key, name) =>
  `<label><input type="checkbox" data-k="${key}"><span>${name}</span></label>`;
const legend = (shape, text) =>
  `<span><svg viewBox="0 0 26 14" aria-hidden="true">${shape}</svg><span>${text}</span></span>`;

const RATES = `
<p><strong>How many target samples does transfer save?</strong></p>
<label class="tp-choose"><span>Measured on</span>
  <select data-k="view">${optionsOf(VIEWS)}</select></label>
<p class="tp-need"></p>
<svg class="tp-plot" role="img" aria-label="Error by target samples"></svg>
<div class="tp-tasks">
  <div class="tp-legend tp-keys"></div>
  <p class="tp-wins"></p>
  <div class="tp-box">
    ${joinMap(OF_RATES, knob)}
    ${checkbox("textbook", "Textbook rates: map from samples, noisy labels")}
  </div>
  <p class="tp-small tp-note"></p>
  <details class="tp-numbers"><summary>The errors</summary>
    <div class="tp-list" tabindex="0" role="group" aria-label="Table"><table></table></div>
  </details>
</div>`;
const POINTS = `
<p><strong>What does a plan carry over?</strong></p>
<div class="tp-plane" tabindex="0" role="group"
  aria-label="Arrow keys move the chosen target point, N and P choose another"
  ><svg viewBox="0 0 400 400" role="img" aria-label="Source and target points"
  stroke="currentColor"><g class="tp-mass"></g>
  <path class="tp-arrows" stroke-opacity=".55" fill="none"/>
  <g class="tp-source"></g><g class="tp-target"></g></svg></div>
<div class="tp-legend">
  ${legend('<circle cx="13" cy="7" r="5" fill="#e69f00"/>', "source point, its label")}
  ${legend('<path d="M8 2h10v10H8z" fill="#e69f00"/>', "target point, label carried")}
  ${legend('<path d="M1 7H24M19 3l5 4-5 4"/>', "to its image in the source")}
  <span>label 0 <i class="tp-ramp"></i> 1</span>
</div>
<p class="tp-said"></p>
<div class="tp-box">
  ${joinMap(OF_PLAN, knob)}
  <div class="tp-bar"><label><span>Target point</span><input type="number" min="1"></label>
  <button>Put the points back</button></div>
</div>
<p class="tp-small">Drag a square, or choose one by number and use arrow keys on the plane.
  Thick lines: where its mass comes from.</p>
<details class="tp-carried"><summary>The carried labels</summary>
  <div class="tp-list" tabindex="0" role="group" aria-label="Table"><table></table></div>
</details>`;
const HTML = `<style>${LOOK}${CSS}</style>
<div class="tp-parts"><div class="tp-part">${RATES}</div><div class="tp-part">${POINTS}</div></div>
<div class="quiet tp-quiet" role="status"></div>`;

const short = (value) => String(+value.toPrecision(3)).replace("-", "−");
function tiny(value) {
  if (value < 1e-12) return "0";
  return value < 1e-3 ? value.toExponential(0) : value.toFixed(3);
}
// blue for label 0, orange for label 1
function shade(label) {
  const part = clamp(label, 0, 1);
  const channels = [
    [0, 230],
    [114, 159],
    [178, 0],
  ].map(([none, full]) => round(none + (full - none) * part));
  return `rgb(${channels})`;
}
const moved = ([x, y]) => `translate(${x},${y})`;

// --- the figure

function mount(model, el) {
  const place = takePlace(el, "fig tp", HTML);
  const { root, find, findAll, listen } = place;
  const plane = find(".tp-plane");
  const picture = plane.firstChild;
  const picker = find("[type=number]");
  const details = find(".tp-carried");
  const numbers = find(".tp-numbers");
  const now = {};
  let home; // target, shear and spread that the button brings back
  let X;
  let labels;
  let Y;
  let solved;
  let measured;
  let rates;
  let picked = 0;
  let reach; // the plane shows -reach to reach on both axes
  let held = null; // the point under the pointer

  // --- left: rates

  const perSample = (row) => `m<sup>−${slopeOf(row).toFixed(2)}</sup>`;
  const samples = (text) => `${text} target sample${text === "1" ? "" : "s"}`;
  function took(row) {
    const { m, beyond } = reached(row, now.error);
    return ["fewer than ", "", "more than "][beyond + 1] + count(m);
  }
  function asksFor(need, near) {
    const asked =
      `For an error of ${short(now.error)} the abstract asks for ` +
      `${samples(count(need.abstract))} with transfer and ${count(need.direct)} without.`;
    if (near.direct && near.transfer) {
      const where = near.direct.same ? "" : ", on different tasks";
      const without = `${took(near.direct)} without`;
      return `${asked} Measured${where}: ${took(near.transfer)} with transfer, ${without}.`;
    }
    const one = near.transfer ?? near.direct;
    if (!one) return `${asked} Not measured here.`;
    return `${asked} Measured: ${took(one)} ${near.transfer ? "with transfer" : "without"}.`;
  }
  function meets(main, star) {
    if (star === null) return "The two thick lines are parallel: they have no m*.";
    const [before, after] =
      main.transfer > main.direct
        ? ["direct learning", "transfer"]
        : ["transfer", "direct learning"];
    const where = star < 1 ? "below 1" : count(star);
    const ahead = `${before} is ahead before it, ${after} after it`;
    return `The thick lines cross at m* = ${where}: ${ahead}.`;
  }
  function leads({ direct, transfer }) {
    if (!direct || !transfer) return "";
    if (!direct.same) return " Different tasks do not say who is ahead.";
    const wins = transfer.m.filter((_, i) => transfer.error[i] < direct.error[i]).length;
    const all = transfer.m.length;
    const sizes = `from ${grouped(transfer.m[0])} to ${grouped(transfer.m.at(-1))}`;
    return ` Measured: transfer is ahead at ${wins} of ${all} sizes ${sizes}.`;
  }
  function noteOn({ direct, transfer }) {
    const notes = [];
    if (now.d <= 3) notes.push("The abstract states its rate of transfer for d > 3.");
    if (transfer && direct?.same) {
      const many =
        transfer.inputs === 1 ? "one source input" : `${short(transfer.inputs)} source inputs`;
      notes.push(`Both were measured on the same tasks, with ${many} for each target sample.`);
    } else if (transfer || direct) {
      if (direct && transfer) notes.push("Circles and squares are not of the same tasks.");
      if (!direct) notes.push("Direct learning was not measured here.");
      if (!transfer) notes.push("Transfer was not measured here.");
    } else {
      notes.push(
        "Nothing was measured here: the lines’ heights are made up, their slopes are not.",
      );
    }
    if (direct) notes.push(`Circles: ${direct.who}.`);
    notes.push("Moving s moves p, and the other way: behind a map no other pair of them exists.");
    return notes.join(" ");
  }

  // both axes are logarithmic: a rate is a straight line
  function axesOf(svg) {
    const W = max(240, round(svg.clientWidth) || 420);
    const H = clamp(0.72 * W, 230, 340);
    const w = W - 66;
    const h = H - 60;
    const x = (m) => (w * log(m / LEFT)) / log(RIGHT / LEFT);
    const y = (error) => (h * log(HIGH / error)) / log(HIGH / LOW);
    return { W, H, w, h, x, y };
  }
  const inkOf = (route) => `var(--${route[0]})`;
  const STROKES = {
    law: 'stroke-width="3"',
    abstract: 'stroke-width="2" stroke-dasharray="7 5"',
    textbook: 'stroke-width="1.4" stroke-dasharray="2 4"',
  };
  // each law from the first measured point on: name, kind, route, exponent, constant
  function lawsOf(all, starts) {
    const made = (name, kind, route, exponent) => {
      const constant = constantOf(starts[route], exponent);
      return { name, kind, route, exponent, constant };
    };
    const laws = [
      made("direct, p/d", "law", "direct", all.direct),
      made("transfer, with s", "law", "transfer", all.transfer),
      made("transfer, abstract", "abstract", "transfer", all.abstract),
    ];
    if (!now.textbook) return laws;
    return [
      ...laws,
      made("direct, textbook", "textbook", "direct", all.regression),
      made("transfer, textbook", "textbook", "transfer", all.map),
    ];
  }
  // names at the ends of the lines, moved apart where they would meet
  function namesAt({ w, h, x, y }, laws) {
    const ends = laws
      .filter(({ kind, exponent }) => kind !== "abstract" || exponent !== laws[1].exponent)
      .map(({ name, route, exponent, constant }) => {
        const out = clamp(needed(LOW, exponent, constant), LEFT, RIGHT);
        const u = min(w - 4, x(out) - 14);
        return { name, route, u, v: clamp(y(constant * out ** -exponent) + 17, 12, h - 7) };
      })
      .sort((one, other) => one.v - other.v);
    for (let i = ends.length - 2; i >= 0; i--) {
      const below = ends[i + 1];
      if (abs(ends[i].u - below.u) < 140) ends[i].v = min(ends[i].v, below.v - 15);
    }
    return ends;
  }
  // circles are full and squares hollow: where both lie on one spot, both are seen
  const MARKS = {
    direct: ["m-3.5 0a3.5 3.5 0 0 0 7 0a3.5 3.5 0 0 0-7 0", "fill:var(--d)", 0],
    transfer: ["m-5.5-5.5h11v11h-11z", "fill:none", 2],
  };
  function markOf(route, x, y) {
    const [shape, look, width] = MARKS[route];
    const more = `class="tp-dot" data-route="${route}" stroke-width="${width}" style="${look}"`;
    return svgLine(`M${x} ${y}${shape}`, inkOf(route), more);
  }
  const dotsOf = ({ x, y }, { route, m, error }) =>
    joinMap(m, (samples, i) => markOf(route, x(samples), y(error[i])));
  const faintly = (marks) => `<g opacity=".45">${marks}</g>`;
  function grid({ w, h, x, y }) {
    const levels = joinMap([0.01, 0.1, 1], (error) => {
      const name = svgText(-6, y(error) + 4, error, 'text-anchor="end"');
      return svgLine(`M0 ${y(error)}H${w}`) + name;
    });
    const columns = joinMap([10, 100, 1e3, 1e4], (m) => {
      const name = svgText(x(m), h + 16, grouped(m), 'text-anchor="middle"');
      return svgLine(`M${x(m)} 0V${h}`) + name;
    });
    return levels + columns;
  }
  const lineOf = ({ w, y }, { kind, route, exponent, constant }) => {
    const level = (m) => y(constant * m ** -exponent);
    return svgLine(`M0 ${level(LEFT)}L${w} ${level(RIGHT)}`, inkOf(route), STROKES[kind]);
  };
  // what naming the mean of the labels costs
  function meanLine({ w, y }, flat) {
    if (!flat) return "";
    const line = svgLine(`M0 ${y(flat)}H${w}`, "currentColor", 'stroke-width="1.4"');
    return line + svgText(w - 4, y(flat) - 5, "always the mean", 'text-anchor="end"');
  }
  // a level that can be dragged
  function wanted({ w, y }) {
    const path = `M0 ${y(now.error)}H${w}`;
    return `<g class="tp-want">${svgLine(path, "currentColor", 'stroke-dasharray="2 3"')}
${svgLine(path, "transparent", 'stroke-width="22" pointer-events="stroke"')}
<circle cx="8" cy="${y(now.error)}" r="5" fill="currentColor"/>
${svgText(17, y(now.error) + 15, `wanted: ${short(now.error)}`)}</g>`;
  }
  // on the axis, or an arrow towards where it lies
  function meeting({ w, h, x }, star) {
    if (star === null) return "";
    const bold = 'text-anchor="middle" font-weight="650"';
    const name = star < 1 ? "below 1" : count(star);
    const side = star < LEFT ? "← " : "";
    const beyond = star > RIGHT ? " →" : "";
    const at = clamp(x(star), 0, w);
    const text = svgText(clamp(at, 50, w - 50), -7, `${side}m* = ${name}${beyond}`, bold);
    if (side || beyond) return text;
    const stem = svgLine(`M${at} 0V${h}`, "currentColor", 'stroke-dasharray="1 3"');
    return (
      stem + svgLine(`M${at - 5} ${h + 7}L${at} ${h}L${at + 5} ${h + 7}z`, "currentColor") + text
    );
  }
  // over the lines and under the points
  const namesOf = (ends) =>
    joinMap(ends, ({ name, route, u, v }) =>
      svgText(u, v, name, `text-anchor="end" style="fill:${inkOf(route)}" font-weight="650"`),
    );
  function frame({ w, h }) {
    return (
      svgLine(`M0 0V${h}H${w}`, "currentColor") +
      svgText(w / 2, h + 34, "target samples m", 'text-anchor="middle"') +
      svgText(-38, -8, "error")
    );
  }
  // transfer's errors at s = 1, where all else is the same: the map alone
  function smoothest() {
    if (now.s >= 1) return null;
    const { transfer } = measuredAt(measured, { ...now, s: 1, p: 1 });
    return transfer ?? null;
  }
  function drawKeys(laws, near, smooth) {
    const lines = joinMap(laws, ({ name, kind, route, exponent }) => {
      const line = svgLine("M0 7H26", inkOf(route), STROKES[kind]);
      return legend(line, `${name} m<sup>−${exponent.toFixed(2)}</sup>`);
    });
    const dots = joinMap([near.direct, near.transfer].filter(Boolean), (row) =>
      legend(markOf(row.route, 13, 7), `${row.route}, measured ${perSample(row)}`),
    );
    const faint = smooth
      ? legend(faintly(markOf("transfer", 13, 7)), `transfer at s = 1 ${perSample(smooth)}`)
      : "";
    find(".tp-keys").innerHTML = lines + dots + faint;
  }
  function drawTasks(svg, axes) {
    const near = measuredAt(measured, now);
    const all = exponents(now);
    const starts = startsOf(near, now.ratio);
    const laws = lawsOf(all, starts);
    const [direct, transfer, abstract] = laws;
    const star = crossover(all.transfer, all.direct, transfer.constant / direct.constant);
    const need = {
      direct: needed(now.error, direct.exponent, direct.constant),
      transfer: needed(now.error, transfer.exponent, transfer.constant),
      abstract: needed(now.error, abstract.exponent, abstract.constant),
    };
    const rows = [near.direct, near.transfer].filter(Boolean);
    const { w, h } = axes;
    const smooth = smoothest();
    // the inner picture cuts off what leaves the plot
    const inside =
      meanLine(axes, rows[0]?.flat) +
      joinMap(laws, (law) => lineOf(axes, law)) +
      wanted(axes) +
      namesOf(namesAt(axes, laws)) +
      (smooth ? faintly(dotsOf(axes, smooth)) : "") +
      joinMap(rows, (row) => dotsOf(axes, row));
    svg.innerHTML = `<g transform="translate(40 24)">${grid(axes)}
<svg width="${w}" height="${h}" style="width:${w}px">${inside}</svg>
${meeting(axes, star)}${frame(axes)}</g>`;
    drawKeys(laws, near, smooth);
    const asks = asksFor(need, near);
    const wins = meets(all, star) + leads(near);
    find(".tp-need").textContent = asks;
    find(".tp-wins").textContent = wins;
    find(".tp-note").textContent = noteOn(near);
    svg.ariaLabel =
      "Error by target samples, both logarithmic. With s, transfer falls as m to the power " +
      `−${fixed(all.transfer)}, by the abstract as −${fixed(all.abstract)}; direct learning ` +
      `as −${fixed(all.direct)}. ${asks} ${wins}`;
    rates = { exponents: all, crossover: star, needed: need, measured: near };
    if (numbers.open) drawNumbers();
  }
  function drawNumbers() {
    const { direct, transfer } = rates.measured;
    const sizes = [...new Set([direct, transfer].flatMap((row) => row?.m ?? []))];
    const errorAt = (row, m) => row?.error[row.m.indexOf(m)]?.toFixed(3) ?? "–";
    const rows = sizes
      .sort((a, b) => a - b)
      .map((m) => [grouped(m), errorAt(transfer, m), errorAt(direct, m)]);
    numbers.querySelector("table").innerHTML = tableOf(["m", "transfer", "direct"], rows);
  }
  // points of accuracy over a network from scratch, with intervals
  function drawImages(svg, { W, H }) {
    const rows = model.get("images") ?? [];
    const ends = [0, ...rows.flatMap(({ low, high }) => [low, high])];
    const [least, most] = [min(...ends) - 1, max(...ends) + 1];
    const x = (value) => 12 + ((W - 24) * (value - least)) / (most - least);
    const step = (H - 50) / rows.length;
    const points = ({ mean, low, high }) =>
      `${fixed(mean, 1)} [${fixed(low, 1)}, ${fixed(high, 1)}]`;
    const told = (row) => `${row.name}: ${points(row)}`;
    const lines = joinMap(rows, (row, i) => {
      const height = 20 + step * (i + 0.55);
      const ink = inkOf(i ? "direct" : "transfer");
      const below = svgText(x(row.mean), height + 17, points(row), 'text-anchor="middle"');
      const name = svgText(12, height - 10, escapeHtml(row.name)) + below;
      const bar = svgLine(`M${x(row.low)} ${height}H${x(row.high)}`, ink, 'stroke-width="3"');
      return `${name}${bar}<circle cx="${x(row.mean)}" cy="${height}" r="5" style="fill:${ink}"/>`;
    });
    const anchor = `text-anchor="${x(0) > W / 2 ? "end" : "start"}"`;
    svg.innerHTML =
      svgLine(`M${x(0)} 18V${H - 24}`, "currentColor", 'stroke-dasharray="2 3"') +
      svgText(x(0), 12, "0: a network from scratch", anchor) +
      lines +
      svgText(W / 2, H - 6, "points of accuracy over scratch", 'text-anchor="middle"');
    const { name, mean } = rows[0] ?? { name: "", mean: 0 };
    const where = `${fixed(abs(mean), 1)} points ${mean < 0 ? "below" : "above"}`;
    const rival = "a network that never saw the source";
    find(".tp-need").textContent =
      `On small images, up to 100 of the target’s, ${name} is ${where} ${rival}.`;
    svg.ariaLabel = `Points of accuracy over a network from scratch. ${rows.map(told).join(". ")}`;
  }
  function drawRates() {
    const svg = find(".tp-plot");
    const axes = axesOf(svg);
    svg.setAttribute("viewBox", `0 0 ${axes.W} ${axes.H}`);
    svg.style.height = `${axes.H}px`;
    const images = now.view === "images";
    find(".tp-tasks").hidden = images;
    if (images) drawImages(svg, axes);
    else drawTasks(svg, axes);
  }

  // --- right: the plan

  const pixels = (z) => z.map((v, k) => 200 + ((k ? -190 : 190) * v) / reach);
  const share = (i) => solved.plan[i * now.m + picked];
  function told() {
    const at = Y[picked].map((v) => fixed(v)).join(", ");
    return `Target point ${picked + 1} at ${at} gets the label ${fixed(solved.carried[picked])}.`;
  }
  function arrow(from, to) {
    const [a, b] = [pixels(from), pixels(to)];
    const length = hypot(b[0] - a[0], b[1] - a[1]);
    if (length < 6) return "";
    const [u, v] = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
    const wing = (side) => [b[0] - 6 * u + side * v, b[1] - 6 * v - side * u];
    return `M${a}L${b}M${wing(3)}L${b}L${wing(-3)}`;
  }
  // nodes stay while a pointer holds one
  function drawPoints() {
    const source = find(".tp-source");
    const target = find(".tp-target");
    if (source.children.length !== X.length) {
      source.innerHTML = '<circle r="5"/>'.repeat(X.length);
    }
    if (target.children.length !== now.m) {
      const hit = '<circle class="tp-hit" r="13" stroke="none"/>';
      const square = '<rect x="-5" y="-5" width="10" height="10" pointer-events="none"/>';
      target.innerHTML = `<g>${hit}${square}</g>`.repeat(now.m);
    }
    [...source.children].forEach((node, i) => {
      node.setAttribute("transform", moved(pixels(X[i])));
      node.style.fill = shade(labels[i]);
    });
    [...target.children].forEach((node, j) => {
      node.setAttribute("transform", moved(pixels(Y[j])));
      node.setAttribute("stroke-width", j === picked ? 3 : 1);
      node.lastChild.style.fill = shade(solved.carried[j]);
    });
  }
  // thick lines to the source points that the chosen target point gets its label from
  function massLines() {
    const most = max(...range(X.length).map(share));
    const giving = range(X.length).filter((i) => share(i) > 0.02 * most);
    return joinMap(giving, (i) => {
      const width = 1 + 4 * share(i) * now.m;
      const opacity = 0.2 + (0.6 * share(i)) / most;
      const path = `M${pixels(Y[picked])}L${pixels(X[i])}`;
      const look = `stroke-width="${width}" stroke-opacity="${opacity}"`;
      return svgLine(path, "var(--hot)", look);
    });
  }
  function solution() {
    const n = X.length;
    const how = solved.exact
      ? `Exact: ${n} points to ${n}, one to one`
      : `Sinkhorn at ε = ${short(now.eps)} of the mean cost`;
    const marginal = tiny(solved.marginal);
    return `${how}. Transport cost ${solved.cost.toFixed(3)}, marginal error ${marginal}.`;
  }
  function drawPlan() {
    const n = X.length;
    const { m } = now;
    Y = shown(now);
    solved = solve(X, Y, now.eps);
    solved.carried = carry(solved.plan, n, m, labels);
    if (!held) reach = max(2, ceil(2.1 * max(...[...X, ...Y].flat().map(abs))) / 2);
    picked = min(picked, m - 1);
    picker.max = m;
    picker.value = picked + 1;
    drawPoints();
    const to = images(solved.plan, n, m, X);
    find(".tp-arrows").setAttribute(
      "d",
      joinMap(Y, (y, j) => arrow(y, to[j])),
    );
    find(".tp-mass").innerHTML = massLines();
    const said = solution();
    find(".tp-said").textContent = said;
    picture.ariaLabel = `${n} source points and ${m} target points. ${said} ${told()}`;
    if (details.open) drawTable();
  }
  function drawTable() {
    const rows = Y.map(([x, y], j) => [j + 1, fixed(x), fixed(y), fixed(solved.carried[j])]);
    details.querySelector("table").innerHTML = tableOf(["point", "x", "y", "label"], rows);
  }

  // --- the reader

  function controls() {
    for (const input of findAll("[data-k]")) {
      const key = input.dataset.k;
      const value = now[key];
      if (key === "view") {
        input.value = value;
        input.parentElement.hidden = !model.get("images")?.length;
        continue;
      }
      if (!(key in KNOBS)) {
        input.checked = value;
        continue;
      }
      const [, least, most, , factors] = KNOBS[key];
      if (key === "m") input.max = min(most, now.target.length);
      const part = log(value / least) / log(most / least);
      input.value = factors ? round(factors * part) : value;
      input.nextElementSibling.textContent = short(value);
      input.ariaValueText = short(value);
    }
    // both heights are measured: nothing is left to choose
    const { direct, transfer } = measuredAt(measured, now);
    find("[data-k=ratio]").parentElement.hidden = !!(direct && transfer);
  }
  function change(values, draw) {
    Object.assign(now, values);
    set(values);
    model.save_changes?.();
    draw();
    controls();
  }
  const say = (text) => (find(".tp-quiet").textContent = text);
  function valueOf(input) {
    const [, least, most, , factors] = KNOBS[input.dataset.k] ?? [];
    if (input.dataset.k === "view") return input.value;
    if (most === undefined) return +input.checked;
    if (!factors) return +input.value;
    return +(least * (most / least) ** (input.value / factors)).toPrecision(3);
  }
  function choosePoint(j) {
    if (!Number.isInteger(j) || j < 0 || j >= now.m) return;
    picked = j;
    drawPlan();
    say(told());
  }
  listen(root, "input", ({ target }) => {
    const key = target.dataset.k;
    if (!key) return choosePoint(target.value - 1);
    if (OF_PLAN.includes(key)) return change({ [key]: valueOf(target) }, drawPlan);
    const moved = { [key]: valueOf(target) };
    const followed = OF_TASK.includes(key) ? follow({ ...now, ...moved }, key) : {};
    change({ ...moved, ...followed }, drawRates);
    for (const name in followed) say(`${name} follows: ${short(followed[name])}.`);
    if (key === "view") say(find(".tp-need").textContent);
  });
  // the wanted error is a line that can be dragged
  const plot = find(".tp-plot");
  listen(plot, "pointerdown", (event) => {
    if (event.button || !event.target.closest(".tp-want")) return;
    plot.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  listen(plot, "pointermove", (event) => {
    if (!plot.hasPointerCapture(event.pointerId)) return;
    const { h } = axesOf(plot);
    const part = (event.clientY - plot.getBoundingClientRect().top - 24) / h;
    const [, least, most] = KNOBS.error;
    const error = clamp(HIGH * (LOW / HIGH) ** part, least, most);
    change({ error: +error.toFixed(2) }, drawRates);
  });
  listen(plot, "lostpointercapture", () => say(find(".tp-need").textContent));
  listen(picker, "blur", () => (picker.value = picked + 1));
  listen(find("button"), "click", () => {
    change({ ...home }, drawPlan);
    say("The target points are back.");
  });
  listen(details, "toggle", () => details.open && drawTable());
  listen(numbers, "toggle", () => numbers.open && rates && drawNumbers());

  function movePicked(z) {
    const inside = z.map((v) => clamp(v, -reach, reach));
    change({ target: stored(now, picked, inside) }, drawPlan);
  }
  // where the pointer is, in the plane's own numbers
  function spotOf(event) {
    const box = picture.getBoundingClientRect();
    const parts = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return parts.map((part, k) => ((k ? -reach : reach) * (400 * part - 200)) / 190);
  }
  listen(plane, "pointerdown", (event) => {
    if (event.button || held || !event.target.closest(".tp-hit")) return;
    const z = spotOf(event);
    picked = indexOfLeast(Y.map((y) => hypot(y[0] - z[0], y[1] - z[1])));
    held = { id: event.pointerId, by: Y[picked].map((v, k) => v - z[k]) };
    plane.setPointerCapture(event.pointerId);
    drawPlan();
  });
  listen(plane, "pointermove", (event) => {
    if (held?.id === event.pointerId) movePicked(spotOf(event).map((v, k) => v + held.by[k]));
  });
  listen(plane, "lostpointercapture", () => {
    held = null;
    drawPlan();
    say(told());
  });
  listen(plane, "keydown", (event) => {
    const way = arrowOf(event);
    const turn = { n: 1, p: now.m - 1 }[event.key.toLowerCase()];
    if (isShortcut(event) || held || !(way || turn)) return;
    if (way) {
      const step = event.shiftKey ? 0.02 : 0.1;
      movePicked(Y[picked].map((v, k) => v + step * way[k]));
    } else {
      picked = (picked + turn) % now.m;
      drawPlan();
    }
    say(told());
    event.preventDefault();
  });

  // --- surroundings: light or dark, size, changes made in Python. Nothing moves by itself.

  function read(moved) {
    for (const key in AT_REST) now[key] = +(model.get(key) ?? AT_REST[key]);
    now.view = model.get("view") ?? "tasks";
    measured = model.get("measured") ?? [];
    now.target = decode(model.get("target"));
    X = decode(model.get("source"));
    labels = decode(model.get("labels"));
    now.m = min(max(2, round(now.m)), now.target.length);
    return follow(now, moved);
  }
  const settle = () => (home = { target: now.target, shear: now.shear, spread: now.spread });
  function drawAll() {
    drawPlan();
    drawRates();
    controls();
  }
  const keys = [...Object.keys(AT_REST), "view", "source", "labels", "target"];
  const set = followModel(model, place, [...keys, "measured", "images"], (key) => {
    const followed = read(key);
    if (key in home) settle();
    change(followed, drawAll);
  });
  const updateTheme = followTheme(place);
  Object.assign(now, read());
  settle();
  drawAll();
  followSize(place, root, () => {
    updateTheme();
    drawRates();
  });

  root.figure = {
    get solved() {
      return { ...solved, plan: [...solved.plan] };
    },
    get rates() {
      return rates;
    },
    get shown() {
      return Y;
    },
    get picked() {
      return picked;
    },
    destroy: place.leave,
  };
  return root.figure;
}

export default figureFrom(mount);
