// Two routes' errors by the number of target samples, and a transport plan between two clouds of
// points that you can pull at. First the arithmetic, exported and compared with Python; then the
// figure.

import {
  LOOK,
  arrowOf,
  clamp,
  decodeRows as decode,
  figureFrom,
  fixed,
  followModel,
  followSize,
  followTheme,
  indexOfLeast,
  isShortcut,
  joinMap,
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

// --- rates: exponents of the error in the number m of target samples

export const exponents = ({ alpha, p, d }) => ({
  transfer: (alpha + 1) / d,
  direct: p / d,
  map: min(1 / 2, (alpha + 1) / (2 * alpha + d)),
  regression: p / (2 * p + d),
});

// the two that are claimed for the data at hand
function ruling(state) {
  const { transfer, direct, map, regression } = exponents(state);
  return state.noise ? { transfer: map, direct: regression } : { transfer, direct };
}

export function crossover(state) {
  const { transfer, direct } = ruling(state);
  return abs(transfer - direct) < 1e-12 ? null : state.ratio ** (1 / (transfer - direct));
}

export const needed = (error, exponent, constant) => (constant / error) ** (1 / exponent);

export function count(samples) {
  if (samples > 1e9) return "more than a billion";
  const rough = samples < 100 ? ceil(samples - 1e-9) : +samples.toPrecision(2);
  return (samples <= 1 ? 1 : rough).toLocaleString("en-GB");
}

// --- what the figure is made of

const LEFT = 10; // the plot's range of samples …
const RIGHT = 1e5;
const LOW = 0.005; // … and of errors
const HIGH = 3;
// name, least, most, step; where the slider goes by factors, their number
const KNOBS = {
  alpha: ["Law smoothness α", 0, 3, 0.1],
  p: ["Target smoothness p", 0.1, 4, 0.1],
  d: ["Dimension d", 1, 12, 1],
  ratio: ["Constants C<sub>T</sub> / C<sub>D</sub>", 0.1, 10, 1, 40],
  error: ["Error wanted", 0.02, 0.9, 0.01],
  m: ["Target points m", 2, 60, 1],
  shear: ["Shear", -1, 1, 0.05],
  spread: ["Spread", 0.3, 2, 0.05],
  eps: ["ε / mean cost", 0.005, 1, 1, 46],
};
const OF_RATES = ["alpha", "p", "d", "ratio", "error"];
const OF_PLAN = ["m", "shear", "spread", "eps"];
const AT_REST = {
  alpha: 1,
  p: 1,
  d: 8,
  ratio: 1,
  error: 0.2,
  noise: 0,
  overlay: 0,
  m: 50,
  shear: 0,
  spread: 1,
  eps: 0.05,
};

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
.tp-plot text { font-size: 12px; }
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
.tp .knob { display: grid; grid-template-columns: minmax(0, 11em) minmax(0, 1fr) 3em; }
.tp .knob b { text-align: right; font-weight: 400; }
.tp [type="range"] { width: 100%; min-height: 24px; }
.tp-bar { display: flex; flex-wrap: wrap; gap: 8px 16px; justify-content: space-between; }
.tp-say { min-height: 4.4em; }
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
<p><strong>Which route has the smaller error?</strong></p>
<svg class="tp-plot" role="img" aria-label="Error by target samples"></svg>
<div class="tp-legend tp-keys"></div>
<div class="tp-say"><p><strong class="tp-need"></strong></p><p class="tp-wins"></p></div>
<div class="tp-box">
  ${joinMap(OF_RATES, knob)}
  ${checkbox("noise", "Noisy or sampled data: textbook rates")}
  ${checkbox("overlay", "Show measured errors")}
</div>
<p class="tp-small tp-note"></p>`;
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
<details><summary>The carried labels</summary>
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
  const details = find("details");
  const now = {};
  let home; // target, shear and spread that the button brings back
  let X;
  let labels;
  let Y;
  let solved;
  let rates;
  let picked = 0;
  let reach; // the plane shows -reach to reach on both axes
  let held = null; // the point under the pointer

  // --- left: rates

  // the measured errors at the setting nearest to this one
  function nearest(route) {
    const smooth = route === "direct" ? now.p : now.alpha;
    const off = (r) => 1e3 * abs(r.d - now.d) + abs(r.smooth - smooth);
    const stored = (model.get("measured") ?? []).filter((r) => r.route === route);
    return stored.sort((a, b) => off(a) - off(b))[0];
  }
  const asksFor = ({ direct, transfer }) =>
    `For an error of ${short(now.error)}: direct ${count(direct)} ` +
    `sample${direct <= 1 ? "" : "s"}, transfer ${count(transfer)}.`;
  function winner(main, star) {
    const by = now.noise ? "By textbook rates " : "By the abstract’s rates ";
    if (star === null) {
      if (now.ratio === 1) return by + "both errors fall equally fast: nobody wins.";
      const name = now.ratio < 1 ? "transfer" : "direct";
      const wins = `${name} has the smaller constant and wins at every m`;
      return by + `both errors fall equally fast: ${wins}.`;
    }
    const some = `${star > 1e9 ? "" : "about "}${count(star)} samples`;
    const always = star <= 1;
    if (main.transfer > main.direct) {
      const from = always ? "at every m" : `from ${some} on, direct before that`;
      return by + `transfer’s error falls faster: it wins ${from}.`;
    }
    const upTo = `transfer wins up to ${some}, direct after that`;
    return by + `the direct error falls faster: ${always ? "direct wins at every m" : upTo}.`;
  }
  function noteOn(near) {
    const small = now.d <= 3 ? "The abstract states its transfer rate for d > 3. " : "";
    if (!near.length) return small;
    const settings = near.map((r) => {
      const mark = r.route === "direct" ? "(circles)" : "(squares)";
      return `${r.route} ${mark} at d = ${r.d}, ${r.route === "direct" ? "p" : "α"} = ${r.smooth}`;
    });
    const scaled =
      "Each is scaled so that its first point lies on its thick curve: " +
      "compare slopes, not heights.";
    return `${small}Measured, nearest stored: ${settings.join(", ")}. ${scaled}`;
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
  const strokeOf = (thick) =>
    thick ? 'stroke-width="3"' : 'stroke-width="1.4" stroke-dasharray="5 4"';
  // a name stands below the end of its curve; the upper one above where they are close
  function namesAt({ w, h, x, y }, main) {
    const tilt = ((h / w) * log(RIGHT / LEFT)) / log(HIGH / LOW);
    const ends = [
      ["direct", 1],
      ["transfer", now.ratio],
    ].map(([name, constant]) => {
      const out = clamp(needed(LOW, main[name], constant), LEFT, RIGHT);
      const end = x(out);
      const right = end > w - 60;
      const height = y(constant * out ** -main[name]);
      return {
        name,
        right,
        height,
        u: right ? w - 4 : end + 8,
        v: clamp(height + 16, 12, h - 7),
        above: height - 8 - 50 * main[name] * tilt,
      };
    });
    const [upper, lower] = ends.sort((a, b) => a.height - b.height);
    const close = abs(upper.u - lower.u) < 60 && lower.height - upper.height < 22;
    if (close) upper.v = max(12, upper.right ? upper.above : upper.v - 20);
    return ends;
  }
  function measuredDots({ x, y }, main, r) {
    const direct = r.route === "direct";
    const samples = decode(r.m);
    const errors = decode(r.error);
    const constant = direct ? 1 : now.ratio;
    const scale = (constant * samples[0] ** -main[r.route]) / errors[0];
    const shape = direct ? "m-4 0a4 4 0 0 0 8 0a4 4 0 0 0-8 0" : "m-4-4h8v8h-8z";
    return joinMap(samples, (m, i) => {
      const path = `M${x(m)} ${y(scale * errors[i])}${shape}`;
      const more = `class="tp-dot" data-route="${r.route}" stroke-width="1.6"`;
      return svgLine(path, inkOf(r.route), more);
    });
  }
  // where transfer does not win
  function shadeOf({ w, h, x }, main, star) {
    const edge = star === null ? 0 : clamp(x(star), 0, w);
    let [from, to] = main.transfer > main.direct ? [0, edge] : [edge, w];
    if (star === null) [from, to] = [0, now.ratio < 1 ? 0 : w];
    const size = `x="${from}" width="${to - from}" height="${h}"`;
    return `<rect ${size} fill="currentColor" fill-opacity=".12"/>`;
  }
  function grid({ w, h, x, y }) {
    const levels = joinMap([0.01, 0.1, 1], (error) => {
      const name = svgText(-6, y(error) + 4, error, 'text-anchor="end"');
      return svgLine(`M0 ${y(error)}H${w}`) + name;
    });
    const columns = joinMap([10, 100, 1e3, 1e4, 1e5], (m) => {
      const name = svgText(x(m), h + 16, m.toLocaleString("en-GB"), 'text-anchor="middle"');
      return svgLine(`M${x(m)} 0V${h}`) + name;
    });
    return levels + columns;
  }
  function curves(axes, all, main) {
    const { w, y } = axes;
    const line = (constant, exponent, route, thick) => {
      const level = (m) => y(constant * m ** -exponent);
      return svgLine(`M0 ${level(LEFT)}L${w} ${level(RIGHT)}`, inkOf(route), strokeOf(thick));
    };
    const { noise, ratio } = now;
    return (
      line(1, noise ? all.direct : all.regression, "direct") +
      line(ratio, noise ? all.transfer : all.map, "transfer") +
      line(1, main.direct, "direct", true) +
      line(ratio, main.transfer, "transfer", true)
    );
  }
  function wanted({ w, x, y }, need) {
    const height = y(now.error);
    const spot = (m) =>
      `<circle cx="${min(2 * w, x(m))}" cy="${height}" r="4" fill="currentColor"/>`;
    const line = svgLine(`M0 ${height}H${w}`, "currentColor", 'stroke-dasharray="2 3"');
    return line + spot(need.direct) + spot(need.transfer);
  }
  function meeting({ w, h, x }, star) {
    if (star === null || star < LEFT || star > RIGHT) return "";
    const bold = 'text-anchor="middle" font-weight="650"';
    const name = svgText(clamp(x(star), 44, w - 34), -7, `m* = ${count(star)}`, bold);
    return svgLine(`M${x(star)} 0V${h}`, "currentColor") + name;
  }
  function frame({ w, h }, ends) {
    const names = joinMap(ends, ({ name, u, v, right }) => {
      const anchor = `text-anchor="${right ? "end" : "start"}"`;
      return svgText(u, v, name, `${anchor} style="fill:${inkOf(name)}" font-weight="650"`);
    });
    return (
      svgLine(`M0 0V${h}H${w}`, "currentColor") +
      names +
      svgText(w / 2, h + 34, "target samples m", 'text-anchor="middle"') +
      svgText(-38, -8, "error")
    );
  }
  function drawKeys(all) {
    const lines = [
      ["transfer, abstract", all.transfer, !now.noise],
      ["direct, abstract", all.direct, !now.noise],
      ["transfer, textbook", all.map, now.noise],
      ["direct, textbook", all.regression, now.noise],
    ];
    const shaded = svgLine("M0 0H26V14H0z", "none", 'style="fill:currentColor;opacity:.16"');
    find(".tp-keys").innerHTML =
      joinMap(lines, ([name, exponent, thick]) => {
        const line = svgLine("M0 7H26", inkOf(name), strokeOf(thick));
        return legend(line, `${name} m<sup>−${exponent.toFixed(2)}</sup>`);
      }) + legend(shaded, "transfer does not win");
  }
  function drawRates() {
    const svg = find(".tp-plot");
    const axes = axesOf(svg);
    const all = exponents(now);
    const main = ruling(now);
    const star = crossover(now);
    const need = {
      direct: needed(now.error, main.direct, 1),
      transfer: needed(now.error, main.transfer, now.ratio),
    };
    const near = now.overlay ? ["direct", "transfer"].map(nearest).filter(Boolean) : [];
    const { W, H, w, h } = axes;
    // the inner picture cuts off what leaves the plot
    const inside =
      curves(axes, all, main) +
      wanted(axes, need) +
      joinMap(near, (r) => measuredDots(axes, main, r));
    svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
    svg.style.height = `${H}px`;
    svg.innerHTML = `<g transform="translate(40 24)">${grid(axes)}${shadeOf(axes, main, star)}
<svg width="${w}" height="${h}" style="width:${w}px">${inside}</svg>
${meeting(axes, star)}${frame(axes, namesAt(axes, main))}</g>`;
    drawKeys(all);
    const asks = asksFor(need);
    const wins = winner(main, star);
    find(".tp-need").textContent = asks;
    find(".tp-wins").textContent = wins;
    find(".tp-note").textContent = noteOn(near);
    svg.ariaLabel =
      "Error by target samples, both logarithmic. Transfer falls as m to the power " +
      `−${fixed(main.transfer)}, direct as −${fixed(main.direct)}. ${asks} ${wins}`;
    rates = { exponents: all, crossover: star, needed: need };
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
    find("table").innerHTML = tableOf(["point", "x", "y", "label"], rows);
  }

  // --- the reader

  function controls() {
    for (const input of findAll("[data-k]")) {
      const key = input.dataset.k;
      const value = now[key];
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
    find("[data-k=overlay]").parentElement.hidden = !model.get("measured")?.length;
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
    change({ [key]: valueOf(target) }, OF_PLAN.includes(key) ? drawPlan : drawRates);
  });
  listen(picker, "blur", () => (picker.value = picked + 1));
  listen(find("button"), "click", () => {
    change({ ...home }, drawPlan);
    say("The target points are back.");
  });
  listen(details, "toggle", () => details.open && drawTable());

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

  function read() {
    for (const key in AT_REST) now[key] = +(model.get(key) ?? AT_REST[key]);
    now.target = decode(model.get("target"));
    X = decode(model.get("source"));
    labels = decode(model.get("labels"));
    now.m = min(max(2, round(now.m)), now.target.length);
  }
  const settle = () => (home = { target: now.target, shear: now.shear, spread: now.spread });
  function drawAll() {
    drawPlan();
    drawRates();
    controls();
  }
  const keys = [...Object.keys(AT_REST), "source", "labels", "target", "measured"];
  const set = followModel(model, place, keys, (key) => {
    read();
    if (key in home) settle();
    drawAll();
  });
  const updateTheme = followTheme(place);
  read();
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
