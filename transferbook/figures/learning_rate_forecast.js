// A rate chosen on a small model and what it costs on a larger one: measured fans, the law fitted
// to them, and the published point of the same setting. First the arithmetic, exported and
// compared with Python; then the figure.

import {
  LOOK,
  clamp,
  decodeFlat,
  decodeRows,
  escapeHtml,
  figureFrom,
  fixed,
  followModel,
  followSize,
  followTheme,
  grouped,
  indexOfLeast,
  joinMap,
  optionsOf,
  range,
  slider,
  svgLine,
  svgText,
  tableOf,
  takePlace,
} from "./shared.js";

const { LN2, abs, exp, floor, log, log2, log10, max, min, round } = Math;

// --- the law of one arm. theta = [L∞, ln A, α, ln h, γₓ, ln η*, β] holds in the middle of the
// widths that it was fitted to; u = ln n - middle

export function partsOf([level, amplitude, alpha, bend, gamma, best, beta], u) {
  return {
    floor: level,
    reducible: exp(amplitude - alpha * u),
    curvature: exp(bend + gamma * u),
    optimum: best - beta * u,
  };
}

// what the logarithm x of a rate costs: nats, and share of the reducible loss
export function costOf(theta, u, x) {
  const { reducible, curvature, optimum } = partsOf(theta, u);
  const nats = (curvature * (x - optimum) ** 2) / 2;
  return { nats, share: nats / reducible };
}

export function lossOf(theta, u, x) {
  const parts = partsOf(theta, u);
  return parts.floor + parts.reducible + costOf(theta, u, x).nats;
}

// a rate chosen at the base width, and divided by (target / base) to a power on the way
export function penalty({ law, middle }, { base, target, rate, power }) {
  const carried = rate * (target / base) ** -power;
  return { rate: carried, ...costOf(law, log(target) - middle, log(carried)) };
}

// the law as fitted, then its refits, which travel in 16 bits a number
export function lawsOf({ law, low, step, draws }) {
  const refits = decodeRows(draws).map((row) => row.map((v, k) => low[k] + step[k] * v));
  return [law, ...refits];
}

export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const i = floor(at);
  return sorted[i] + (at - i) * ((sorted[i + 1] ?? sorted[i]) - sorted[i]);
}

// the first value, and the middle 95 % of the others
export function between([point, ...drawn]) {
  return [point, quantile(drawn, 0.025), quantile(drawn, 0.975)];
}

// the fit to most widths; `blind`: to most widths below the target, where there is one
export function fitFor({ widths, fits }, target, blind) {
  const unseen = fits.filter((fit) => blind && widths[fit.widths - 1] < target);
  return (unseen.length ? unseen : fits).at(-1);
}

// Mean loss between the two nearest rates, above that of the best rate. Nothing outside the rates
// that were run, or beside a run that diverged.
export function measuredCost(x, losses, at) {
  const i = x.findIndex((left, k) => left <= at && at <= x[k + 1]);
  const [a, b] = [losses[i], losses[i + 1]];
  if (i < 0 || a == null || b == null) return null;
  const part = (at - x[i]) / (x[i + 1] - x[i]);
  return a + part * (b - a) - min(...losses.filter((loss) => loss != null));
}

// The same of a law: the straight line through its own losses at the rates that were run
export function measuredOfLaw(theta, u, x, losses, at) {
  const own = x.map((value, k) => (losses[k] == null ? null : lossOf(theta, u, value * LN2)));
  return measuredCost(x, own, at);
}

// How far the runs lie from what the law and its refits make of the same straight line, in nats;
// nothing where no run says so, or where it is no more than what seeds leave in a mean
export const MISS = 0.01;
export function missOf({ measured, expected }) {
  if (measured === null) return 0;
  const [, low, high] = expected;
  const miss = measured - clamp(measured, low, high);
  return abs(miss) < MISS ? 0 : miss;
}

// What is known of one rate at the base: at the target, kept as it is (0) and divided by the ratio
// of widths (1). Rates are logarithms to base 2.
export function outlook(arm, { base, target, guess, blind }) {
  const fit = fitFor(arm, target, blind);
  const laws = lawsOf(fit);
  const u = log(target) - fit.middle;
  const measured = (n, x) => {
    const i = arm.widths.indexOf(n);
    return i < 0 ? null : measuredCost(arm.x[i], arm.losses[i], x);
  };
  const ways = [0, 1].map((power) => {
    const x = guess - power * log2(target / base);
    const costs = laws.map((theta) => costOf(theta, u, x * LN2));
    const run = measured(target, x);
    const i = arm.widths.indexOf(target);
    return {
      x,
      nats: between(costs.map(({ nats }) => nats)),
      share: between(costs.map(({ share }) => share)),
      measured: run,
      expected:
        run === null
          ? null
          : between(laws.map((law) => measuredOfLaw(law, u, arm.x[i], arm.losses[i], x))),
    };
  });
  return {
    fit,
    laws,
    ways,
    best: between(laws.map((theta) => partsOf(theta, u).optimum / LN2)),
    kappa: between(laws.map((theta) => theta[2] + theta[4])),
    fall: between(laws.map((theta) => theta[6])),
    atBase: measured(base, guess),
  };
}

export const numberOf = (now) => now.embd + 2 * now.ln + 4 * now.attn + 8 * now.last;
// the measured widths, and three doublings more
export const targetsOf = (widths) => [...widths, ...[2, 4, 8].map((k) => k * widths.at(-1))];
const nearest = (values, value) =>
  values[indexOfLeast(values.map((other) => abs(log(other / value))))];

// base, target and guess that an arm has
export function settled({ widths, x }, { base, target, guess }) {
  const from = nearest(widths, base);
  const larger = targetsOf(widths).filter((n) => n > from);
  const rates = x[widths.indexOf(from)];
  return {
    base: from,
    target: nearest(larger, target),
    guess: clamp(guess, rates[0], rates.at(-1)),
  };
}

// --- what the figure is made of

const SWITCHES = {
  embd: ["Embd", "tables of tokens and positions learn at η·m"],
  ln: ["LN", "gains of the norms learn at η·m"],
  attn: ["Attn", "attention is divided by d, not √d"],
  last: ["Last", "the readout starts smaller by √m"],
};
const RULES = { 0: "keep η", 1: "keep η·m" };
const NUMBERS = [...Object.keys(SWITCHES), "decay", "base", "target", "guess", "power", "blind"];
const OF_ARM = ["base", "target", "guess", "power", "blind"];
const MOST_KEPT = 5;

const CSS = `
.lf { --b: #0072b2; --t: #b54b00; --paper: #fffc; }
.lf[data-dark] { --b: #56b4e9; --t: #f08a3c; --paper: #111c; }
.lf-parts {
  display: grid;
  grid-template-columns: minmax(0, 1.15fr) minmax(0, 1fr);
  gap: 20px 32px;
  align-items: start;
}
.lf :is(.lf-part, .lf-box) { display: grid; gap: 8px; grid-template-columns: minmax(0, 1fr); }
.lf svg { display: block; width: 100%; }
.lf svg text { font-size: 12px; }
.lf .lf-beside { stroke: var(--paper); stroke-width: 4px; paint-order: stroke; }
.lf-keys { min-height: 4.5em; align-content: start; }
.lf-legend { display: flex; flex-wrap: wrap; gap: 0 14px; font-size: 13px; }
.lf-legend > span { display: flex; gap: 7px; align-items: center; }
.lf .lf-legend svg { flex: none; width: 26px; height: 14px; }
.lf .lf-box { background: var(--panel); border-radius: 6px; padding: 8px 12px; gap: 4px; }
.lf label { display: flex; gap: 8px; align-items: center; min-height: 26px; }
.lf .knob { display: grid; grid-template-columns: 9.5em minmax(0, 1fr) 3.6em; }
.lf .knob b { text-align: right; font-weight: 400; }
.lf [type="range"] { width: 100%; min-height: 24px; }
.lf select { flex: 1; }
.lf :disabled { opacity: 0.5; }
.lf fieldset { border: 0; margin: 0; padding: 0; min-width: 0; gap: 4px; }
.lf-miss { color: var(--t); font-weight: 650; }
.lf-moved { min-height: 1.5em; font-size: 13px; color: var(--t); }
.lf-share { min-height: 6em; }
.lf[data-empty] .lf-legend { visibility: hidden; }
.lf legend { padding: 0; margin: 0; font: inherit; font-weight: 650; }
.lf-short { min-height: 6em; }
.lf-stage { position: relative; }
.lf-none { position: absolute; inset: 24px 8px 40px 64px; align-content: center; }
.lf-none:empty { display: none; }
.lf-bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.lf :is(ul, ol) { margin: 0; padding-left: 1.3em; }
.lf-small { font-size: 13px; color: var(--soft); }
.lf-guess { cursor: ew-resize; touch-action: none; }
.lf-plane circle { cursor: pointer; }
.lf-list { max-height: 260px; overflow: auto; }
.lf table { width: 100%; font-size: 13px; color: var(--fg); }
.lf table :is(th, td) { text-align: right; padding: 1px 4px; }
@container (max-width: 700px) {
  .lf-parts { grid-template-columns: minmax(0, 1fr); }
  :is(.lf-share, .lf-short) { min-height: 0; }
}
`;

const checkbox = (key, html) =>
  `<label><input type="checkbox" data-k="${key}"><span>${html}</span></label>`;
const keyOf = (shape, text) =>
  `<span><svg viewBox="0 0 26 14" aria-hidden="true">${shape}</svg><span>${text}</span></span>`;

const HTML = `<style>${LOOK}${CSS}</style>
<div class="lf-parts">
<div class="lf-part">
  <p><strong>You tune the rate on the small model. What does it cost on the large one?</strong></p>
  <div class="lf-stage">
    <svg class="lf-fans" role="img" aria-label="Loss by rate"></svg>
    <div class="lf-none lf-part"></div>
  </div>
  <div class="lf-legend lf-keys"></div>
  <p class="lf-short lf-small"></p>
  <div class="lf-box">
    ${slider("guess", "Your rate at the base", 0, 1, 0.1)}
    ${slider("base", "Base width", 0, 1)}
    ${slider("target", "Target width", 0, 1)}
    <label><span>On the way the rate is</span>
      <select data-k="power">${optionsOf(RULES)}</select></label>
    ${checkbox("blind", 'Hide the target from the fit <span class="lf-blind"></span>')}
    <p class="lf-moved"></p>
    <div class="lf-bar">
      <button data-do="best">Fitted best at the base</button>
      <button data-do="keep">Keep my guess</button>
      <button data-do="forget">Forget my guesses</button>
    </div>
  </div>
  <div class="lf-said lf-part"></div>
  <ol class="lf-kept"></ol>
</div>
<div class="lf-part">
  <div class="lf-box"><fieldset class="lf-part"><legend>Switches on SP
    <span class="lf-ratio lf-small"></span></legend>
    ${joinMap(Object.entries(SWITCHES), ([key, [name, text]]) =>
      checkbox(key, `<b>${name}</b> ${text}`),
    )}
    </fieldset>
    ${slider("decay", "Weight decay λ", 0, 1)}
  </div>
  <svg class="lf-shares" role="img" aria-label="Share by width"></svg>
  <div class="lf-legend lf-lines"></div>
  <p class="lf-share"></p>
  <p class="lf-row"></p>
  <svg class="lf-plane" role="img" aria-label="Published results"></svg>
  <p class="lf-small">The paper’s 124 rows: full circles have Embd on, the line joins one arm’s
    weight decays. Choose a circle to set the switches.</p>
  <details><summary>The numbers</summary>
    <div class="lf-list" tabindex="0" role="group" aria-label="Table"><table></table></div>
  </details>
</div></div>
<div class="quiet lf-quiet" role="status"></div>`;

const HIGH_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const raised = (whole) =>
  String(whole).replace(/./g, (sign) => (sign === "-" ? "⁻" : HIGH_DIGITS[sign]));
const short = (value) => String(+value.toPrecision(2)).replace("-", "−");
// two digits, never an exponent
const rate = (x) => (2 ** x).toFixed(max(0, 1 - floor(x * log10(2))));
const percent = (share) => `${short(100 * share)} %`;
const inBrackets = (say, [, low, high]) => `[${say(low)}, ${say(high)}]`;
const nats = (value) => fixed(value, abs(value) < 0.095 ? 3 : 2);
const times = (octaves) => `a factor ${fixed(2 ** abs(octaves), 1)}`;
const pathOf = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("");
const circle = (x, y, r, look) => `<circle cx="${x}" cy="${y}" r="${r}" ${look}/>`;
const FULL = (ink) => `style="fill:${ink}"`;

// --- plots: linear axes in logarithms

const LEFT = 54; // room for the names of levels

function plotOf(svg, [left, right], [low, high], shape) {
  const W = max(260, round(svg.clientWidth) || 420);
  const H = clamp(shape * W, 180, 330);
  const [w, h] = [W - LEFT - 18, H - 56];
  svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
  svg.style.height = `${H}px`;
  const x = (value) => (w * (value - left)) / (right - left);
  const y = (value) => (h * (high - value)) / (high - low);
  return { svg, w, h, x, y, left, right };
}
// `columns` and `levels` are pairs of a value and its name; what leaves the plot is cut off
function fillPlot({ svg, w, h, x, y }, { columns, levels, names, inside, over = "" }) {
  const upright = joinMap(columns, ([value, name]) => {
    const text = svgText(x(value), h + 16, name, 'text-anchor="middle"');
    return svgLine(`M${x(value)} 0V${h}`) + text;
  });
  const flat = joinMap(levels, ([value, name]) => {
    const text = svgText(-6, y(value) + 4, name, 'text-anchor="end"');
    return svgLine(`M0 ${y(value)}H${w}`) + text;
  });
  svg.innerHTML = `<g transform="translate(${LEFT} 18)">${upright}${flat}
<svg width="${w}" height="${h}" style="width:${w}px">${inside}</svg>
${svgLine(`M0 0V${h}H${w}`, "currentColor")}${over}
${svgText(w / 2, h + 32, names[0], 'text-anchor="middle"')}${svgText(8 - LEFT, -7, names[1])}</g>`;
}
// a line through the middle of each [point, low, high], and the area between the other two
function bandOf({ x, y }, at, found, ink, look) {
  const side = (k) => at.map((value, i) => [x(value), y(found[i][k])]);
  const area = pathOf([...side(1), ...side(2).reverse()]);
  return (
    `<path d="${area}z" style="fill:${ink}" fill-opacity=".16"/>` +
    svgLine(pathOf(side(0)), ink, look)
  );
}
const evenly = (from, to, parts) => range(parts + 1).map((i) => from + ((to - from) * i) / parts);

// --- the figure

function mount(model, el) {
  const place = takePlace(el, "fig lf", HTML);
  const { root, find, findAll, listen } = place;
  const details = find("details");
  const now = {};
  let arms;
  let rows; // published: number of the arm, decay, E, κ, R(∞), whether it is one of the equal ones
  let names; // of the 16 arms
  let decays;
  let kept;
  let unfitted; // settings that were measured, and why they have no law
  let arm; // as measured, or nothing
  let last; // the arm that was shown last, which the controls stand for
  let moved = ""; // what had to follow a change, and why
  let seen; // what is known of the reader's rate
  let fans; // the plot of fans

  const armAt = ({ number, decay }) =>
    arms.find((one) => one.number === number && one.decay === decay);
  const here = () => ({ number: numberOf(now), decay: now.decay });
  const switchesOf = ({ number }) =>
    Object.fromEntries(Object.keys(SWITCHES).map((key, k) => [key, (number >> k) & 1]));
  const titleOf = ({ number, decay }) => `${names[number]} at λ = ${decay}`;
  const fanAt = (one, n) => {
    const i = one.widths.indexOf(n);
    if (i < 0) return null;
    const [x, losses] = [one.x[i], one.losses[i]];
    const lowest = min(...losses.filter((loss) => loss != null));
    return { x, losses, lowest, best: one.best[i] };
  };
  const ratio = () => now.target / now.base;
  const inWords = [() => "kept as it is", () => `divided by ${short(ratio())}`];

  // --- words

  const MISSES = '<span class="lf-miss">the law misses here</span>';
  function costInWords(way, why) {
    const forecast = why
      ? `forecast not identified (${escapeHtml(why)})`
      : `forecast ${nats(way.nats[0])} ${inBrackets(nats, way.nats)} nats`;
    if (way.measured === null) return `${forecast}, not measured`;
    const law = !why && missOf(way) ? `: ${MISSES}` : "";
    return `${forecast}, measured ${nats(way.measured)}${law}`;
  }
  function wayInWords(power) {
    const way = seen.ways[power];
    const text = `${inWords[power]()}, η = ${rate(way.x)}: ${costInWords(way, seen.fit.why.nats)}`;
    return power === now.power ? `<strong>${text}</strong>` : text;
  }
  const isUnseen = () => arm.widths[seen.fit.widths - 1] < now.target;
  // two slopes of the best rate: the law's, and that of lines through the bottoms of the fans
  function slopesInWords() {
    const falls = ([point, ...ends]) =>
      `${fixed(point)} [${ends.map((end) => fixed(end)).join(", ")}]`;
    const law = `Per doubling of width the best η falls by ${falls(seen.fall)} octaves in this law`;
    if (!arm.drift) return `${law}.`;
    const [point, low, high] = arm.drift.map((octaves) => -octaves);
    const lines = arm.drift.includes(null) ? fixed(point) : falls([point, high, low]);
    return `${law}, by ${lines} along the bottoms of each seed’s fans, as in the text.`;
  }
  function fitInWords() {
    const used = arm.widths.slice(0, seen.fit.widths);
    const also = isUnseen() ? "it has not seen" : "it has seen";
    const points = arm.seeds > 1 ? `, a mean of up to ${arm.seeds} seeds` : "";
    return (
      `The law was fitted to widths ${used.join(", ")}: ${also} width ${now.target}. ` +
      "Brackets are refits of that law, and too narrow where it is wrong. " +
      `A measured cost lies on a straight line between two runs, ` +
      `above the best run${points}. The law misses where such a line through its own losses ` +
      `is ${MISS} nats or more away, or its best rate a quarter of an octave.`
    );
  }
  function bestInWords() {
    const at = fanAt(arm, now.target)?.best;
    const found = `Best rate there: forecast ${rate(seen.best[0])} ${inBrackets(rate, seen.best)}`;
    if (!at) return `${found}, not measured.`;
    if (!at[2]) return `${found}, measured at the end of the rates that were run.`;
    const [point, low, high] = seen.best;
    const off = abs(at[0] - clamp(at[0], low, high)) < 0.25 ? 0 : point - at[0];
    const law = off ? `: ${MISSES}, too ${off < 0 ? "low" : "high"} by ${times(off)}` : "";
    return `${found}, measured ${rate(at[0])} (bottom of a cubic through the runs)${law}.`;
  }
  // arms of this λ that were run at the target, the lowest loss first
  function rivals() {
    return arms
      .filter((one) => one.decay === now.decay && fanAt(one, now.target))
      .map((one) => ({ ...one, ...fanAt(one, now.target) }))
      .sort((one, other) => one.lowest - other.lowest);
  }
  function rivalsInWords() {
    const all = rivals();
    if (all.length < 2) return "";
    const [first, ...others] = all;
    const list = others.map(
      ({ number, lowest }) => `${names[number]} ${fixed(lowest - first.lowest)}`,
    );
    return (
      `Best runs at width ${now.target}: ${names[first.number]} ${fixed(first.lowest)} nats; ` +
      `above it ${list.join(", ")}.`
    );
  }
  const fittedBest = (one, base) => +fanAt(one, base).best[0].toFixed(2);
  const isFittedBest = () => abs(now.guess - fittedBest(arm, now.base)) < 0.005;
  // of switches that were not measured, with a way back
  function nothing() {
    const { number, decay } = here();
    const tried = unfitted.find((one) => one.number === number && one.decay === decay);
    const why = tried ? `has no law that fits here (${tried.why})` : "was not measured here";
    const same = arms.every(({ decay }) => decay === arms[0].decay);
    const ways = joinMap(
      arms,
      (one, k) =>
        `<button data-arm="${k}">${escapeHtml(same ? names[one.number] : titleOf(one))}</button> `,
    );
    const back = `Back to a measured fan${same ? `, λ = ${arms[0]?.decay}` : ""}:`;
    return `<p>${escapeHtml(`${titleOf(here())} ${why}`)}. Only its published point is shown,
      if there is one.</p>
      <div class="lf-bar">${ways && `${back} ${ways}`}</div>`;
  }
  function said() {
    const start =
      seen.atBase === null ? "" : `, ${nats(seen.atBase)} nats above the best run there`;
    const bottom = isFittedBest() ? ", the bottom of a cubic through the runs" : "";
    return `<p>${escapeHtml(titleOf(here()))}. You choose η = ${rate(now.guess)} at width
      ${now.base}${bottom}${start}. At width ${now.target} it costs</p>
      <ul><li>${wayInWords(0)};</li>
      <li>${wayInWords(1)}.</li></ul>
      <p>${bestInWords()}</p>
      <p class="lf-small">${fitInWords()}</p>`;
  }
  function shareInWords() {
    const { why } = seen.fit;
    const { share } = seen.ways[now.power];
    const part = why.share
      ? `not identified (${why.share})`
      : `${percent(share[0])} ${inBrackets(percent, share)}`;
    const slope = why.kappa
      ? `not identified (${why.kappa})`
      : `${fixed(seen.kappa[0])} ${inBrackets(fixed, seen.kappa)}`;
    return (
      `As a share of what more width can still gain at ${now.target}: ${part}. ` +
      `If the miss stays the same, the share grows as n to the power κ: ${slope}.`
    );
  }
  const rowAt = ({ number, decay }) =>
    rows.find((row) => row.number === number && row.decay === decay);
  function rowInWords() {
    const row = rowAt(here());
    if (!row) return `The paper’s table has no row for ${titleOf(here())}.`;
    const equal = row.equal ? " (one of ten equal ones: that fit probably failed)" : "";
    return (
      `Published for ${titleOf(here())}: E ${short(row.E)}, κ ${fixed(row.kappa)}, ` +
      `R(∞) ${fixed(row.R)} nats${equal}.`
    );
  }
  // a kept guess at its own setting, beside the base's best rate
  function keptInWords(one) {
    const its = armAt(one);
    if (!its) return "";
    const [ours, plain] = [one.guess, fittedBest(its, one.base)].map((guess) =>
      outlook(its, { ...one, guess }),
    );
    const [way, other] = [ours, plain].map(({ ways }) => ways[one.power]);
    const off = way.x - ours.best[0];
    const far =
      abs(off) < 0.07 ? "at the best rate" : `too ${off < 0 ? "low" : "high"} by ${times(off)}`;
    const score = (saved) =>
      abs(saved) < 0.005 ? "as good as" : saved > 0 ? "cheaper than" : "dearer than";
    const both = way.measured !== null && other.measured !== null;
    const run = both
      ? `; by the runs ${score(other.measured - way.measured)} it (${nats(other.measured)})`
      : "";
    return (
      `${titleOf(one)}, width ${one.base} to ${one.target}, η = ${rate(one.guess)} ` +
      `${one.power ? "divided" : "kept"}: ${read(costInWords(way, ours.fit.why.nats))}. ` +
      `By the forecast ${far}, and ` +
      `${score(other.nats[0] - way.nats[0])} the base’s fitted best ` +
      `(${nats(other.nats[0])})${run}.`
    );
  }

  // --- pictures

  function fanLimits(base, target) {
    const rates = arms.flatMap((one) => one.x.flat());
    const marks = [...seen.ways.map(({ x }) => x), seen.best[0]];
    const all = [...rates, ...marks];
    const losses = [base, target].flatMap((fan) => fan?.losses.filter((v) => v != null) ?? []);
    const bottom = bottomOf();
    const lowest = min(...losses, bottom, ...rivals().map((one) => one.lowest));
    const highest = min(arm.start, max(...losses));
    const room = 0.06 * (highest - lowest);
    return [
      [min(...all) - 0.4, max(...all) + 0.4],
      [lowest - room, highest + room],
    ];
  }
  const uOf = (n) => log(n) - seen.fit.middle;
  const bottomOf = () => lossOf(seen.fit.law, uOf(now.target), seen.best[0] * LN2);
  function ticks(low, high, most) {
    const step = [0.1, 0.2, 0.5, 1, 2].find((size) => (high - low) / size <= most) ?? 5;
    const first = Math.ceil(low / step);
    return range(floor(high / step) - first + 1).map((i) => (first + i) * step);
  }
  const found = ({ x, losses }) =>
    x.map((value, i) => [value, losses[i]]).filter(([, loss]) => loss != null);
  function runsOf({ x, y }, fan, mark) {
    return joinMap(found(fan), ([value, loss]) => mark(x(value), y(loss)));
  }
  const square = (x, y) =>
    svgLine(`M${x - 4.5} ${y - 4.5}h9v9h-9z`, "var(--t)", 'stroke-width="2" class="lf-run"');
  const dot = (x, y) => circle(x, y, 4, `${FULL("var(--b)")} class="lf-run"`);
  // the law at the target with its interval
  function forecastBand(plot) {
    const at = evenly(plot.left, plot.right, 60);
    const u = uOf(now.target);
    const levels = at.map((x) => between(seen.laws.map((law) => lossOf(law, u, x * LN2))));
    return bandOf(plot, at, levels, "var(--t)", 'stroke-width="2.5"');
  }
  function baseLine(plot) {
    const points = evenly(plot.left, plot.right, 60).map((x) => {
      const loss = lossOf(seen.fit.law, uOf(now.base), x * LN2);
      return [plot.x(x), plot.y(loss)];
    });
    return svgLine(pathOf(points), "var(--b)", 'stroke-opacity=".6"');
  }
  // from the bottom of the forecast up to where the carried rate puts it, and a cross where the
  // runs put it; the words of the forecast stand left of the line, those of the runs right of it
  function costMark({ x, y, w }, power) {
    const way = seen.ways[power];
    const bottom = y(bottomOf());
    const top = max(8, y(bottomOf() + way.nats[0]));
    const chosen = power === now.power;
    const ink = chosen ? "currentColor" : "var(--soft)";
    const at = x(way.x);
    const look = `stroke-width="${chosen ? 3 : 1.5}" class="lf-cost"`;
    const line = svgLine(`M${at} ${bottom}V${top}`, ink, look);
    // more than the plot is high: an arrow
    const tip =
      top === 8
        ? svgLine(`M${at - 5} 9L${at} 1L${at + 5} 9`, ink, look)
        : circle(at, top, 4, FULL(ink));
    const beside = (left, level, words, look) => {
      const [aside, anchor] = left ? [-9, "end"] : [9, "start"];
      return svgText(at + aside, level, words, `class="lf-beside" text-anchor="${anchor}" ${look}`);
    };
    const isLeft = at > (way.measured === null ? w / 2 : 50);
    const words = `+${nats(way.nats[0])}${top === 8 ? " ↑" : ""}`;
    const name = beside(isLeft, max(top - 4, 22), words, "");
    return line + tip + name + runMark(way, at, y, beside);
  }
  function runMark({ measured }, at, y, beside) {
    if (measured === null) return "";
    const level = y(fanAt(arm, now.target).lowest + measured);
    const cross = crossAt(at, level);
    return cross + beside(false, level - 5, `+${nats(measured)}`, 'style="fill:var(--t)"');
  }
  const crossAt = (x, y) =>
    svgLine(`M${x - 5} ${y - 5}l10 10m0-10l-10 10`, "var(--t)", 'stroke-width="2.5" class="lf-x"');
  // the reader's rate is a line that can be dragged
  function guessLine({ x, h }) {
    const path = `M${x(now.guess)} 0V${h}`;
    const grip = circle(x(now.guess), 8, 6, FULL("var(--b)"));
    return `<g class="lf-guess">${svgLine(path, "var(--b)", 'stroke-dasharray="4 3"')}
${svgLine(path, "transparent", 'stroke-width="22" pointer-events="stroke"')}${grip}</g>`;
  }
  // forecast and measurement of the best rate, on the axis
  function bestMarks({ x, h }) {
    const [point, low, high] = seen.best.map(x);
    const bar = svgLine(`M${low} ${h - 3}H${high}`, "var(--t)", 'stroke-width="5"');
    const tip = svgLine(`M${point} ${h - 10}V${h}`, "var(--t)", 'stroke-width="2"');
    return bar + tip;
  }
  function keptMarks({ x, y, h }) {
    const same = kept.filter(
      (one) =>
        armAt(one) === arm && one.base === now.base && one.target === now.target && one.guess,
    );
    return joinMap(same, (one) => {
      const at = x(one.guess - one.power * log2(ratio()));
      const level = y(bottomOf());
      return svgLine(
        `M${at} ${min(h - 8, level) - 7}l6 7l-6 7l-6-7z`,
        "currentColor",
        'class="lf-diamond" stroke-width="1.6"',
      );
    });
  }
  function lowestLine({ x, y }) {
    const [first] = rivals();
    if (!first || first.number === arm.number) return "";
    const points = found(first).map(([value, loss]) => [x(value), y(loss)]);
    return svgLine(pathOf(points), "var(--soft)", 'stroke-dasharray="2 4" stroke-width="1.6"');
  }
  function drawKeys(target) {
    const [first] = rivals();
    const line = svgLine("M0 7H26", "var(--t)", 'stroke-width="3"');
    const dotted = svgLine("M0 7H26", "var(--soft)", 'stroke-dasharray="2 4" stroke-width="2"');
    const bar =
      svgLine("M13 14V4", "currentColor", 'stroke-width="3"') +
      circle(13, 4, 4, FULL("currentColor"));
    const blue = svgLine("M0 7H26", "var(--b)", 'stroke-opacity=".6"');
    find(".lf-keys").innerHTML = [
      keyOf(blue + dot(13, 7), `width ${now.base}, measured and law`),
      keyOf(line, `width ${now.target}, forecast`),
      target ? keyOf(square(13, 7), `width ${now.target}, measured`) : "",
      first && first.number !== arm.number
        ? keyOf(dotted, `width ${now.target}, ${escapeHtml(names[first.number])}`)
        : "",
      keyOf(bar, "your cost by forecast"),
      seen.ways.some(({ measured }) => measured !== null)
        ? keyOf(crossAt(13, 7), "between runs")
        : "",
      kept.length ? keyOf(svgLine("M13 0l6 7l-6 7l-6-7z", "currentColor"), "kept guess") : "",
    ].join("");
  }
  function drawFans() {
    const svg = find(".lf-fans");
    const [base, target] = [now.base, now.target].map((n) => fanAt(arm, n));
    const [sides, heights] = fanLimits(base, target);
    fans = plotOf(svg, sides, heights, 0.72);
    fillPlot(fans, {
      columns: ticks(...sides, fans.w / 45)
        .filter(Number.isInteger)
        .map((x) => [x, `2${raised(x)}`]),
      levels: ticks(...heights, 6).map((loss) => [loss, fixed(loss, 1)]),
      names: ["rate η of the hidden matrices, at their own width", "loss (nats)"],
      inside: [
        forecastBand(fans),
        baseLine(fans),
        lowestLine(fans),
        guessLine(fans),
        costMark(fans, 1 - now.power),
        costMark(fans, now.power),
        bestMarks(fans),
        runsOf(fans, base, dot),
        target ? runsOf(fans, target, square) : "",
        keptMarks(fans),
      ].join(""),
    });
    drawKeys(target);
    const words = read(`${said()} ${rivalsInWords()} ${slopesInWords()}`);
    const way = `Your rate, ${inWords[now.power]()}.`;
    svg.ariaLabel = `Loss by rate at widths ${now.base} and ${now.target}. ${way} ${words}`;
  }

  // where nothing was measured the plots keep their places
  function drawNothing(svg, shape, axis) {
    const plot = plotOf(svg, [0, 1], [0, 1], shape);
    fillPlot(plot, { columns: [], levels: [], names: [axis, ""], inside: "" });
    svg.ariaLabel = `${titleOf(here())} was not measured. ${rowInWords()}`;
  }

  const LOW = -4;
  const HIGH = 1;
  function drawShares() {
    const svg = find(".lf-shares");
    const widths = targetsOf(arm.widths).filter((n) => n >= now.base);
    const ends = [log2(now.base), log2(widths.at(-1))];
    const plot = plotOf(svg, ends, [LOW, HIGH], 0.5);
    const at = evenly(...ends, 60);
    // what is below the plot runs along its edge
    const inside = (share) => max(log10(max(share, 1e-9)), LOW + 0.04);
    const sharesOf = (missAt) =>
      at.map((power) => {
        const u = uOf(2 ** power);
        return between(seen.laws.map((law) => inside(costOf(law, u, missAt(law, u, power)).share)));
      });
    const carried = (power) => (law, u, k) => (now.guess - power * (k - ends[0])) * LN2;
    const constant = (law, u) => partsOf(law, u).optimum + LN2;
    const path = (found) => pathOf(at.map((k, i) => [plot.x(k), plot.y(found[i][0])]));
    const other = path(sharesOf(carried(1 - now.power)));
    const level = inside(seen.ways[now.power].share[0]);
    const spot = [plot.x(log2(now.target)), plot.y(min(level, HIGH))];
    const doubt = seen.fit.why.share;
    const own = sharesOf(carried(now.power));
    const faint = 'stroke-width="1.5" stroke-dasharray="1 4"';
    const twice = svgLine(path(sharesOf(constant)), "currentColor", 'stroke-dasharray="6 4"');
    fillPlot(plot, {
      columns: widths.map((n) => [log2(n), n]),
      levels: range(HIGH - LOW + 1).map((i) => [LOW + i, percent(10 ** (LOW + i))]),
      names: ["width n", "share of the reducible loss"],
      inside:
        svgLine(`M${spot[0]} 0V${plot.h}`, "var(--t)", 'stroke-dasharray="2 3"') +
        (doubt
          ? svgLine(path(own), "var(--b)", faint) +
            svgText(plot.w / 2, 16, "not identified: shape only", 'text-anchor="middle"')
          : twice +
            svgLine(other, "var(--soft)", 'stroke-width="1.5"') +
            bandOf(plot, at, own, "var(--b)", 'stroke-width="2.5"')),
      over: doubt ? "" : circle(...spot, 5, FULL("var(--t)")),
    });
    const line = (ink, look) => svgLine("M0 7H26", ink, look);
    find(".lf-lines").innerHTML = [
      keyOf(
        line("var(--b)", doubt ? faint : 'stroke-width="2.5"'),
        `your rate, ${inWords[now.power]()}`,
      ),
      doubt ? "" : keyOf(line("var(--soft)", 'stroke-width="1.5"'), inWords[1 - now.power]()),
      doubt ? "" : keyOf(line("currentColor", 'stroke-dasharray="6 4"'), "twice the best rate"),
      `<span>lower edge: ${percent(10 ** LOW)} or less</span>`,
    ].join("");
    const words = shareInWords();
    find(".lf-share").textContent = words;
    svg.ariaLabel = `What the rate costs by width, as a share of the reducible loss. ${words}`;
  }

  function drawPlane() {
    const svg = find(".lf-plane");
    const plot = plotOf(svg, [-3.6, -0.5], [-4.4, 1.5], 0.55);
    const { number } = here();
    const spot = ({ E, kappa }) => [plot.x(log10(E)), plot.y(kappa)];
    const own = rows.filter((row) => row.number === number);
    const row = rowAt(here());
    const circles = joinMap(rows, (one) => {
      const look = one.number & 1 ? FULL("var(--soft)") : 'fill="transparent"';
      return circle(...spot(one), 3.5, `${look} stroke="var(--soft)" class="lf-point"`);
    });
    const ring = row
      ? circle(...spot(row), 8, 'fill="none" stroke="var(--t)" stroke-width="3" class="lf-here"')
      : "";
    const shown = arm && !seen.fit.why.kappa;
    const [point, low, high] = shown ? seen.kappa.map((k) => plot.y(clamp(k, -4.4, 1.5))) : [];
    const bar = shown
      ? svgLine(`M${plot.w - 6} ${low}V${high}`, "var(--b)", 'stroke-width="4"') +
        circle(plot.w - 6, point, 5, FULL("var(--b)")) +
        svgText(plot.w - 14, point + 4, "κ measured here", 'text-anchor="end"')
      : "";
    fillPlot(plot, {
      columns: [-3, -2, -1].map((k) => [k, 10 ** k]),
      levels: [-4, -3, -2, -1, 0, 1].map((k) => [k, fixed(k, 0)]),
      names: ["E, misfit of the law: small is good", "κ"],
      inside: circles + svgLine(pathOf(own.map(spot)), "var(--t)") + ring + bar,
    });
    const words = rowInWords();
    find(".lf-row").textContent = words;
    svg.ariaLabel = `Published misfit E and exponent κ of ${rows.length} settings. ${words}`;
  }

  function drawTable() {
    if (!arm) {
      details.querySelector("table").innerHTML = "";
      return;
    }
    const [base, target] = [now.base, now.target].map((n) => fanAt(arm, n));
    const rates = [...new Set([...base.x, ...(target?.x ?? [])])].sort((a, b) => a - b);
    const lossAt = (fan, x) => {
      const i = fan?.x.indexOf(x) ?? -1;
      return i < 0 ? "–" : (fan.losses[i]?.toFixed(3) ?? "diverged");
    };
    const body = rates.map((x) => [
      rate(x),
      lossAt(base, x),
      lossAt(target, x),
      lossOf(seen.fit.law, uOf(now.target), x * LN2).toFixed(3),
    ]);
    const head = ["η", `width ${now.base}`, `width ${now.target}`, "forecast"];
    details.querySelector("table").innerHTML = tableOf(head, body);
  }

  // base, target and rate follow what was measured, and say so
  function settle() {
    arm = armAt(here());
    moved = "";
    if (!arm) return;
    last = arm;
    const to = settled(arm, now);
    const notes = [];
    if (to.base !== now.base) notes.push(`Base moved to ${to.base}: ${now.base} was not run.`);
    if (to.target !== now.target) {
      const why =
        now.target > to.base ? "the nearest there is" : "it has to be wider than the base";
      notes.push(`Target moved to ${to.target}: ${why}.`);
    }
    if (to.guess !== now.guess) {
      const { x } = fanAt(arm, to.base);
      const ends = `${rate(x[0])} to ${rate(x.at(-1))}`;
      notes.push(`Your rate moved to ${rate(to.guess)}: width ${to.base} was run at ${ends}.`);
    }
    moved = notes.join(" ");
    Object.assign(now, to);
  }
  function draw() {
    seen = arm && outlook(arm, now);
    root.toggleAttribute("data-empty", !arm);
    find(".lf-said").innerHTML = arm ? said() : "";
    find(".lf-none").innerHTML = arm ? "" : nothing();
    find(".lf-kept").innerHTML = joinMap(kept, (one) => `<li>${escapeHtml(keptInWords(one))}</li>`);
    find(".lf-moved").textContent = moved;
    find(".lf-short").textContent = arm
      ? `${rivalsInWords()} ${slopesInWords()}`.trim()
      : rowInWords();
    if (arm) {
      drawFans();
      drawShares();
    } else {
      drawNothing(find(".lf-fans"), 0.72, "rate η of the hidden matrices");
      drawNothing(find(".lf-shares"), 0.5, "width n");
      find(".lf-share").textContent = "";
    }
    drawPlane();
    if (details.open) drawTable();
    controls();
  }

  // --- the reader

  // what a slider of positions stands for
  function choices(key) {
    if (key === "decay") return decays;
    const { widths } = last ?? arms[0] ?? { widths: [now.base] };
    return key === "base" ? widths : targetsOf(widths).filter((n) => n > now.base);
  }
  function controls() {
    for (const input of findAll("[data-k]")) {
      const key = input.dataset.k;
      input.disabled = !arm && OF_ARM.includes(key);
      if (key === "blind") controlBlind(input);
      else if (input.type === "checkbox") input.checked = now[key];
      else if (input.type !== "range") input.value = now[key];
      else setSlider(input, key);
    }
    for (const button of findAll("[data-do]")) {
      button.disabled = button.dataset.do === "forget" ? !kept.length : !arm;
    }
  }
  // ticked where the fit has not seen the target, whoever has seen to that
  function controlBlind(input) {
    const { target } = now;
    const [hidden, all] = [1, 0].map((blind) => arm && fitFor(arm, target, blind));
    const hasChoice = hidden !== all;
    const why = arm?.widths.includes(target) ? "it needs three narrower ones" : "it was not run";
    input.disabled = !hasChoice;
    input.checked = arm ? isUnseen() : now.blind;
    find(".lf-blind").textContent = hasChoice || !arm ? "" : `(width ${target}: ${why})`;
    const from = (last ?? arms[0])?.widths[0];
    find(".lf-ratio").textContent = from
      ? `m = n/${from}, whatever the base: ${short(target / from)} at width ${target}`
      : "";
  }
  function setSlider(input, key) {
    let text;
    if (key === "guess") {
      const shown = last ?? arms[0];
      const rates = (shown && fanAt(shown, now.base)?.x) ?? [now.guess, now.guess];
      [input.min, input.max] = [rates[0], rates.at(-1)];
      input.value = now.guess;
      text = rate(now.guess);
    } else {
      const values = choices(key);
      input.max = values.length - 1;
      input.value = values.indexOf(now[key]);
      text = String(now[key]);
    }
    input.nextElementSibling.textContent = text;
    input.ariaValueText = text;
  }
  function change(values) {
    const before = { ...now };
    Object.assign(now, values);
    if (values.kept) kept = values.kept;
    settle();
    draw();
    const changed = Object.entries(now).filter(([key, value]) => value !== before[key]);
    set({ ...values, ...Object.fromEntries(changed) });
    model.save_changes?.();
  }
  const say = (text) => (find(".lf-quiet").textContent = text);
  const read = (html) => {
    const box = document.createElement("div");
    box.innerHTML = html;
    return box.textContent.replace(/\s+/g, " ");
  };
  function sayCost() {
    say(`${read(arm ? wayInWords(now.power) : nothing())} ${moved}`.trim());
  }
  listen(root, "input", ({ target }) => {
    const key = target.dataset.k;
    if (target.type === "checkbox") change({ [key]: +target.checked });
    else if (key === "power" || key === "guess") change({ [key]: +target.value });
    else change({ [key]: choices(key)[target.value] });
    sayCost();
  });
  const DEEDS = {
    best() {
      change({ guess: fittedBest(arm, now.base) });
      sayCost();
    },
    keep() {
      const { base, target, guess, power, blind } = now;
      const one = { ...here(), base, target, guess, power, blind };
      change({ kept: [one, ...kept].slice(0, MOST_KEPT) });
      say(`Kept. ${keptInWords(one)}`);
    },
    forget() {
      change({ kept: [] });
      find("[data-do=keep]").focus();
      say("Your guesses are forgotten.");
    },
  };
  for (const button of findAll("[data-do]")) listen(button, "click", DEEDS[button.dataset.do]);
  // the way back from switches that were not measured
  listen(find(".lf-none"), "click", ({ target }) => {
    const one = arms[target.dataset.arm];
    if (!one) return;
    change({ ...switchesOf(one), decay: one.decay });
    find("[data-k=guess]").focus();
    sayCost();
  });
  listen(details, "toggle", () => details.open && drawTable());

  const picture = find(".lf-fans");
  listen(picture, "pointerdown", (event) => {
    if (event.button || !event.target.closest(".lf-guess")) return;
    picture.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  listen(picture, "pointermove", (event) => {
    if (!picture.hasPointerCapture(event.pointerId)) return;
    const part = (event.clientX - picture.getBoundingClientRect().left - LEFT) / fans.w;
    change({ guess: +(fans.left + part * (fans.right - fans.left)).toFixed(1) });
  });
  listen(picture, "lostpointercapture", sayCost);
  // the circles are drawn in the order of the rows
  listen(find(".lf-plane"), "click", ({ target }) => {
    const points = findAll(".lf-point");
    const row = rows[points.indexOf(target)];
    if (!row) return;
    change({ ...switchesOf(row), decay: row.decay });
    say(rowInWords());
  });

  // --- surroundings: light or dark, size, changes made in Python. Nothing moves by itself.

  function readModel() {
    for (const key of NUMBERS) now[key] = +(model.get(key) ?? 0);
    arms = model.get("arms") ?? [];
    unfitted = model.get("unfitted") ?? [];
    names = model.get("names");
    decays = model.get("decays");
    kept = model.get("kept") ?? [];
    const flat = [...decodeFlat(model.get("published"))];
    rows = range(flat.length / 6).map((i) => {
      const [number, k, E, kappa, R, equal] = flat.slice(6 * i, 6 * i + 6);
      return { number, decay: decays[k], E, kappa, R, equal };
    });
  }
  const keys = [...NUMBERS, "arms", "unfitted", "names", "decays", "kept", "published"];
  const set = followModel(model, place, keys, () => {
    readModel();
    settle();
    draw();
  });
  const updateTheme = followTheme(place);
  readModel();
  settle();
  draw();
  followSize(place, root, () => {
    updateTheme();
    draw();
  });

  root.figure = {
    get seen() {
      return seen;
    },
    get now() {
      return { ...now };
    },
    destroy: place.leave,
  };
  return root.figure;
}

export default figureFrom(mount);
