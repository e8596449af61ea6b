// Do the members of an ensemble disagree? Test points by their uncertainty, how much of it is
// disagreement in each data set, and the two straight lines between two members. First the
// arithmetic, exported and compared with torch; then the figure.

import {
  LOOK,
  arrowOf,
  clamp,
  decodeRows as decode,
  element,
  escapeHtml,
  figureFrom,
  followModel,
  followSize,
  followTheme,
  indexOfLeast,
  indexOfMost,
  isShortcut,
  joinMap,
  mean,
  range,
  slider,
  sum,
  svgLine,
  svgText,
  tableOf,
  takePlace,
} from "./shared.js";

export { decode };

const { abs, exp, floor, hypot, log, max, min, round } = Math;

// --- uncertainty: p is members x points x classes

const SMALL = 1e-6;
const LEVELS = 255;
const LEAST = 1e-4; // share of EU at the left end of its axis
const TENS = [1e-3, 1e-2, 1e-1, 1];
const inside = (v) => clamp(v, SMALL, 1 - SMALL);

// bytes of one level, each a probability (power 1) or its square root (power 2) in 255ths, so
// that every point adds up to 1
export function restore(bytes, M, N, C, power = 1) {
  function rowOf(m, n) {
    const at = (m * N + n) * C;
    const row = [...bytes.slice(at, at + C)].map((byte) => (byte / LEVELS) ** power);
    const total = sum(row);
    return row.map((v) => (total ? v / total : 1 / C));
  }
  return range(M).map((m) => range(N).map((n) => rowOf(m, n)));
}
export function entropy(q) {
  return -sum(q.map(inside).map((v) => v * log(v)));
}
// total, aleatoric and epistemic uncertainty of every point
export function decompose(p) {
  const M = p.length;
  const q = p.map((member) => member.map((row) => row.map(inside)));
  const average = q[0].map((row, n) => row.map((_, c) => sum(q.map((a) => a[n][c])) / M));
  const TU = average.map(entropy);
  const AU = TU.map((_, n) => sum(q.map((member) => entropy(member[n]))) / M);
  const EU = TU.map((total, n) => total - AU[n]);
  return { mean: average, TU, AU, EU };
}
export const guess = (row) => indexOfMost(row);
export const nll = (rows, y) => -mean(rows.map((row, n) => log(inside(row[y[n]]))));
// chance that a wrong answer has a larger score than a right one; null without either
export function areaUnder(scores, wrong) {
  const [bad, good] = [1, 0].map((kind) => scores.filter((_, n) => +wrong[n] === kind));
  if (!bad.length || !good.length) return null;
  const above = (v) => mean(good.map((w) => (v > w ? 1 : v < w ? 0 : 0.5)));
  return mean(bad.map(above));
}
// how often the class that is met most often is right
export const commonest = (y) => max(...y.map((c) => y.filter((d) => d === c).length)) / y.length;
export const accuracy = (rows, y) => mean(rows.map((row, n) => +(guess(row) === y[n])));

// share of points on which two members differ, mean over pairs; null for one member
export function disagreement(p) {
  const guesses = p.map((member) => member.map(guess));
  if (guesses.length < 2) return null;
  const differ = (a, b) => mean(a.map((v, n) => +(v !== b[n])));
  const pairs = guesses.flatMap((a, i) => guesses.slice(0, i).map((b) => differ(a, b)));
  return mean(pairs);
}

// the first of a shuffled order; 0 keeps it as it is
export function pick(shuffle, members, of = 12) {
  const order = range(of);
  let state = Math.imul(shuffle, 2654435761) >>> 0;
  for (let i = of - 1; i > 0 && shuffle; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = floor((state * (i + 1)) / 2 ** 32);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order.slice(0, members);
}

// everything that the figure says about some members
export function summary(p, y) {
  const parts = decompose(p);
  const AU = mean(parts.AU);
  const EU = max(0, mean(parts.EU));
  const differ = disagreement(p);
  const error = 1 - mean(p.map((member) => accuracy(member, y)));
  const together = nll(parts.mean, y);
  const single = mean(p.map((member) => nll(member, y)));
  return {
    ...parts,
    means: { AU, EU, TU: AU + EU },
    ratio: EU / AU,
    accuracy: accuracy(parts.mean, y),
    nll: together,
    single,
    G: exp(single - together),
    commonest: commonest(y),
    finds: ["EU", "AU"].map((key) =>
      areaUnder(
        parts[key],
        parts.mean.map((row, n) => guess(row) !== y[n]),
      ),
    ),
    disagreement: differ,
    error,
    relative: differ === null || error < 1e-9 ? null : differ / error,
  };
}

// cividis in five steps: dark blue to yellow, told apart by lightness alone
const RAMP = [
  [0, 34, 78],
  [64, 77, 108],
  [124, 123, 120],
  [188, 174, 108],
  [254, 232, 56],
];
export function shade(value) {
  const t = 4 * clamp(value || 0, 0, 1);
  const k = min(3, floor(t));
  const channels = RAMP[k].map((a, i) => round(a + (t - k) * (RAMP[k + 1][i] - a)));
  return `rgb(${channels})`;
}

function failOf({ L, N, C, M, places }) {
  if (!(L && N && C > 1)) return "it has no points, no classes or no levels";
  if (!(M >= 1 && Number.isInteger(M))) {
    return "its probabilities do not fill members, points and classes";
  }
  return places === N ? null : "its points have no places";
}
// a set of the state, checked; its error is text for the reader
export function unpack(packed) {
  const { name = "unnamed", labels, power, path } = packed ?? {};
  const keys = ["kept", "xy", "y", "p", "edges", "edge_level"];
  const [kept, xy, y, p, edges, levelOf] = keys.map((key) => decode(packed?.[key]) ?? []);
  const L = kept.length;
  const N = y.length;
  const C = labels?.length ?? 0;
  const M = p.length / (L * N * C);
  const size = M * N * C;
  const levels = [];
  const ratios = {};
  return {
    name,
    labels,
    kept,
    xy,
    y,
    L,
    N,
    C,
    M,
    fail: failOf({ L, N, C, M, places: xy.length }),
    path: path?.weights?.length > 1 ? path : null,
    edges: edges.map((edge, i) => [...edge, levelOf[i] ?? 0]),
    // probabilities of all members at one level
    at(level) {
      levels[level] ??= restore(p.slice(level * size, (level + 1) * size), M, N, C, power);
      return levels[level];
    },
    // EU as a share of AU among some of the members, at every level
    ratios(shuffle, members) {
      const who = pick(shuffle, min(members, M), M);
      ratios[who] ??= range(L).map((level) => {
        const parts = decompose(who.map((i) => this.at(level)[i]));
        return max(0, mean(parts.EU)) / mean(parts.AU);
      });
      return ratios[who];
    },
  };
}

// --- what the figure is made of

const AT_REST = { set: 0, members: 5, shuffle: 0, level: 1e9, a: 10, same: 1 };
const MEASURES = {
  EU: "epistemic: what members disagree on",
  AU: "aleatoric: what each leaves open",
  TU: "total: both",
};
const RAMP_CSS = RAMP.map((colour) => `rgb(${colour})`);
const CSS = `
.cv { --au: #56b4e9; --eu: #d55e00; --w: #b54b00; --b: #0072b2; }
.cv[data-dark] { --w: #f08a3c; --eu: #e8742a; --b: #56b4e9; }
.cv[data-dark] .cv-dots circle + circle { stroke-opacity: 1; stroke-width: 3; }
.cv-parts {
  display: grid;
  grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr);
  gap: 20px 28px;
  align-items: start;
}
.cv :is(.cv-part, .cv-point) { display: grid; gap: 8px; grid-template-columns: minmax(0, 1fr); }
.cv-parts + .cv-parts { margin-top: 22px; }
.cv svg { display: block; width: 100%; }
.cv svg text { fill: currentColor; font-size: 12px; }
.cv-plane { border: 1px solid var(--line); border-radius: 6px; touch-action: pan-y; }
.cv-plane { position: relative; }
.cv-names span {
  position: absolute;
  transform: translate(-50%, -50%);
  pointer-events: none;
  font-size: 12px;
  line-height: 1.2;
  white-space: nowrap;
  padding: 0 4px;
  border-radius: 4px;
  background: color-mix(in srgb, var(--panel) 78%, transparent);
}
.cv .cv-row {
  display: grid;
  grid-template-columns: minmax(0, 1fr) auto;
  gap: 0 8px;
  align-items: center;
  width: 100%;
  min-height: 32px;
  padding: 2px 8px;
  text-align: left;
  background: none;
  border-color: transparent;
  cursor: pointer;
}
.cv .cv-row[aria-pressed="true"] { background: var(--panel); border-color: var(--hot); }
.cv-row b { text-align: right; white-space: nowrap; }
.cv-track2 {
  position: relative;
  grid-column: span 2;
  height: 18px;
  margin: 0 16px;
  border-bottom: 1px solid var(--line);
}
.cv-track2 :is(i, u) {
  position: absolute;
  top: 50%;
  width: 10px;
  height: 10px;
  margin: -5px;
  border-radius: 50%;
  border: 2px solid var(--soft);
  background: var(--panel);
}
.cv-track2 i.cv-full { background: var(--soft); }
.cv-track2 i.cv-now { width: 14px; height: 14px; margin: -7px; border-color: var(--hot); }
.cv-track2 i.cv-now.cv-full { background: var(--hot); }
.cv-track2 u {
  width: 0;
  height: 100%;
  margin: 0;
  top: 0;
  border: 0;
  border-left: 1px dashed var(--line);
  border-radius: 0;
}
.cv .cv-axis { min-height: 0; border: 0; cursor: auto; color: var(--soft); padding-top: 0; }
.cv-axis div { position: relative; grid-column: span 2; height: 1.4em; margin: 0 16px; }
.cv-axis div { font-size: 12px; }
.cv-axis div span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.cv-plot { cursor: ew-resize; touch-action: pan-y; }
.cv-legend { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; font-size: 13px; }
.cv-legend span { display: flex; gap: 6px; align-items: center; }
.cv .cv-legend svg { width: 22px; height: 16px; flex: none; }
.cv-ramp {
  width: 90px;
  height: 10px;
  border-radius: 2px;
  background: linear-gradient(90deg, ${RAMP_CSS});
}
.cv-box {
  background: var(--panel);
  border-radius: 6px;
  padding: 8px 12px;
  display: grid;
  gap: 4px;
}
.cv label { display: flex; gap: 8px; align-items: center; min-height: 28px; }
.cv .knob { display: grid; grid-template-columns: minmax(0, 8.5em) minmax(0, 1fr) 3.6em; }
.cv .knob b { text-align: right; font-weight: 400; }
.cv [type="range"] { width: 100%; min-height: 24px; }
.cv [type="number"] { width: 5em; }
.cv :is(.cv-wrap, fieldset) { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; }
.cv fieldset { border: 0; margin: 0; padding: 0; min-width: 0; gap: 0 14px; }
.cv legend { float: left; padding: 0; width: auto; margin: 0; font-size: inherit; }
.cv-stack {
  display: flex;
  height: 26px;
  border-radius: 4px;
  overflow: hidden;
  background: var(--line);
}
.cv-stack i { background: var(--au); }
.cv-stack i + i { background: var(--eu); }
@media (prefers-reduced-motion: no-preference) {
  .cv-stack i { transition: width .2s; }
}
.cv dl { display: grid; gap: 3px; margin: 0; }
.cv dl div { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 14px; }
.cv-lit {
  outline: 2px solid var(--eu);
  outline-offset: 1px;
  border-radius: 3px;
  scroll-margin: 20px;
}
.cv dd { margin: 0; text-align: right; font-weight: 600; }
.cv dt { font-weight: 400; }
.cv-dot { display: inline-block; width: 11px; height: 11px; border-radius: 2px; }
.cv-voices {
  display: grid;
  grid-template-columns: fit-content(9em) minmax(36px, .8fr) 2.4em minmax(5em, 1fr);
  gap: 1px 8px;
  font-size: 13px;
  align-items: center;
}
.cv-voices > * { min-width: 0; overflow-wrap: break-word; line-height: 1.3; }
.cv-wide { grid-column: span 2; }
.cv-track i { display: block; height: 9px; background: var(--hot); border-radius: 2px; }
.cv-hist {
  display: grid;
  grid-template-columns: fit-content(9em) minmax(0, 1fr) auto;
  gap: 5px 8px;
  font-size: 13px;
  align-items: center;
}
.cv-hist b { font-weight: 400; text-align: right; white-space: nowrap; }
.cv-pair { display: grid; gap: 2px; border-left: 1px solid var(--soft); }
.cv-pair i { height: 7px; background: var(--b); border-radius: 0 2px 2px 0; }
.cv-pair i:first-child { background: var(--w); }
.cv-say { font-weight: 600; }
.cv-small { font-size: 13px; color: var(--soft); }
.cv-list { max-height: 260px; overflow: auto; }
.cv table { width: 100%; font-size: 13px; color: var(--fg); }
.cv table :is(th, td) { text-align: right; }
@container (max-width: 700px) {
  .cv-parts { grid-template-columns: minmax(0, 1fr); }
  .cv-parts:first-child { gap: 8px; }
  .cv .cv-parts:first-child .cv-part { display: contents; }
  .cv-point { order: 1; padding-top: 12px; }
}
`;
const heading = (text) => `<p><strong>${text}</strong></p>`;
const glyph = (shape) => `<svg viewBox="0 0 22 16" aria-hidden="true">${shape}</svg>`;
const dot = (ink, text) =>
  `<span><i class="cv-dot" style="background:var(--${ink})"></i>${text}</span>`;
const LEGEND = `
<span><b>0</b><i class="cv-ramp"></i><b class="cv-high"></b></span>
<span>${glyph('<circle cx="11" cy="8" r="6.5" fill="none" stroke="var(--eu)" stroke-width="2"/>')}
ensemble wrong</span>
<span class="cv-keyedge">${glyph('<path d="M1 13L21 3" stroke="currentColor"/>')}edge kept</span>
<label><input type="checkbox" data-k="same"><span>one scale for all data sets</span></label>`;
const PLANE = `
<p><strong class="cv-title"></strong></p>
<div class="cv-plane" tabindex="0" role="group" aria-label="Arrow keys choose a test point"
><svg viewBox="0 0 1040 820" role="img" aria-label="Test points">
<path class="cv-edges" fill="none" stroke="currentColor" stroke-opacity=".35" stroke-width="1.6"/>
<g class="cv-dots"></g>
<circle class="cv-here" r="36" fill="none" stroke="var(--hot)" stroke-width="5"/></svg
><div class="cv-names" aria-hidden="true"></div></div>
<div class="cv-legend">${LEGEND}</div>`;
function controlsHtml(group) {
  const radios = joinMap(
    Object.keys(MEASURES),
    (key) =>
      `<label><input type="radio" name="${group}" value="${key}"><span>${key}</span></label>`,
  );
  return `
<div class="cv-box">
${slider("members", "Members", 1, 12)}
${slider("level", "Edges kept", 0, 0)}
<div class="cv-wrap"><button type="button" class="cv-again">Reshuffle</button>
<span class="cv-who"></span></div>
<fieldset><legend>Colour</legend>${radios}<span class="cv-small cv-what"></span></fieldset>
</div>`;
}
const RATIOS = `
${heading("Whose members disagree? EU as a share of AU")}
<div class="cv-rows" role="group" aria-label="Data set"></div>
<p class="cv-small">Full dot: all edges kept; empty: fewer. The axis is logarithmic.</p>`;
const NUMBERS = `
<p class="cv-say" role="status" aria-live="polite"></p>
<div class="cv-stack" role="img"><i></i><i></i></div>
<div class="cv-legend">
${dot("au", '<span class="cv-au"></span>')}${dot("eu", '<span class="cv-eu"></span>')}</div>
<dl></dl>
<details><summary>Uncertainty of every point</summary>
<div class="cv-list" tabindex="0" role="group" aria-label="Table"><table></table></div></details>`;
const POINT = `
${heading("What does each member say?")}
<div class="cv-wrap"><label><span>Test point</span><input type="number" min="1"></label>
<span class="cv-truth"></span></div>
<div class="cv-voices"></div>
<p class="cv-small">Point at one in the picture, choose it by number, or move with arrow keys.</p>`;
const BETWEEN = `
${heading("What lies between two members?")}
<svg class="cv-plot" role="img" aria-label="Loss between two members"></svg>
${slider("a", "Position a", 0, 20)}
<p class="cv-path"></p>`;
const GUESSED = `
${heading("What is guessed there?")}
<div class="cv-legend">${dot("w", "weights mixed")}${dot("b", "answers mixed")}</div>
<div class="cv-hist" role="img"></div>`;
const htmlOf = (group) => `<style>${LOOK}${CSS}</style>
<p class="cv-fail" role="alert" hidden></p>
<div class="cv-all">
<div class="cv-parts"><div class="cv-part">${PLANE}<div class="cv-point">${POINT}</div></div>
<div class="cv-part">${RATIOS}${controlsHtml(group)}${NUMBERS}</div></div>
<div class="cv-parts"><div class="cv-part cv-second cv-between">${BETWEEN}</div>
<div class="cv-part cv-second">${GUESSED}</div></div>
</div><div class="quiet cv-quiet" role="status"></div>`;

const f2 = (v) => v.toFixed(2);
const f3 = (v) => v.toFixed(3);
// two digits that count where a share is small
function percent(v) {
  const digits = v < 5e-5 ? 0 : v < 0.00995 ? 2 : v < 0.0995 ? 1 : 0;
  return `${(100 * v).toFixed(digits)} %`;
}
function memberList(members) {
  const numbers = members.map((i) => i + 1);
  return numbers.sort((a, b) => a - b).join(", ");
}
// shares of a list of counts
function sharesOf(counts) {
  const total = sum(counts) || 1;
  return counts.map((v) => v / total);
}

// --- the figure

function mount(model, el) {
  const place = takePlace(el, "fig cv", htmlOf(`cv-${Math.random()}`));
  const { root, find, findAll, listen } = place;
  const plane = find(".cv-plane");
  const picture = plane.firstChild;
  const picker = find("[type=number]");
  const details = find("details");
  const now = {};
  let sets = [];
  let s; // the set that is shown
  let who = []; // the members that speak …
  let voices; // … and their probabilities
  let out; // what they say together
  let picked = 0;
  let known = null; // the set in which a point has been picked
  let lit = ""; // what words in the text point at: "between", or a number of the list
  const say = (text) => (find(".cv-quiet").textContent = text);

  // --- who speaks

  // End of the colour scale: 95 % of points lie below it with all members, at any level, so that
  // it stays while the reader moves
  function findTops(s) {
    const tops = { EU: 1e-3, AU: 1e-3, TU: 1e-3 };
    for (const level of range(s.L)) {
      const parts = decompose(s.at(level));
      for (const key in tops) {
        const sorted = [...parts[key]].sort((a, b) => a - b);
        tops[key] = max(tops[key], sorted[floor(0.95 * (s.N - 1))]);
      }
    }
    return tops;
  }
  // by default one end for all data sets: what is dark in one and bright in another differs
  function topOfScale() {
    const alike = now.same ? sets.filter((set) => !set.fail) : [s];
    return max(...alike.map((set) => (set.tops ??= findTops(set))[now.colour]));
  }
  const placeOf = (i) => [20 + s.xy[i][0], 20 + 0.78 * s.xy[i][1]];
  const isRight = (row, n) => guess(row) === s.y[n];
  const edgesShown = () => s.edges.filter(([, , level]) => level <= now.level);
  function drawDots(top) {
    const dots = find(".cv-dots");
    const values = out[now.colour];
    if (dots.children.length !== s.N) {
      const ring = '<circle r="25" fill="none" stroke="var(--eu)" stroke-width="6"/>';
      const disc = '<circle r="14" stroke="currentColor" stroke-opacity=".55" stroke-width="1.5"/>';
      dots.innerHTML = `<g>${ring}${disc}</g>`.repeat(s.N);
    }
    [...dots.children].forEach((group, i) => {
      group.setAttribute("transform", `translate(${placeOf(i)})`);
      group.firstChild.style.display = isRight(out.mean[i], i) ? "none" : "";
      group.lastChild.style.fill = shade(values[i] / top);
    });
    const lines = joinMap(edgesShown(), ([i, j]) => `M${placeOf(i)}L${placeOf(j)}`);
    find(".cv-edges").setAttribute("d", lines);
    find(".cv-keyedge").hidden = !s.edges.length;
  }
  // the name of each class stands near its points, where it covers few points and no other name
  function drawNames() {
    const { width, height } = picture.getBoundingClientRect();
    const spots = range(s.N).map((i) => {
      const [x, y] = placeOf(i);
      return [(x * width) / 1040, (y * height) / 820];
    });
    const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
    const put = [];
    for (const [c, label] of s.labels.entries()) {
      const own = spots.filter((_, i) => s.y[i] === c);
      if (!own.length) continue;
      const [cx, cy] = [0, 1].map((axis) => middle(own.map((spot) => spot[axis])));
      const half = 4 + 3.4 * label.length;
      const covers = (x, y) =>
        spots.filter(([px, py]) => abs(px - x) < half + 4 && abs(py - y) < 12).length +
        9 * put.filter((name) => abs(name.x - x) < name.half + half && abs(name.y - y) < 17).length;
      const places = range(81).map((k) => {
        const x = clamp(cx + 20 * ((k % 9) - 4), half, max(half, width - half));
        const y = clamp(cy + 11 * (floor(k / 9) - 4), 9, max(9, height - 9));
        return { label, half, x, y, cost: covers(x, y) + hypot(x - cx, y - cy) / 30 };
      });
      put.push(places[indexOfLeast(places.map(({ cost }) => cost))]);
    }
    find(".cv-names").innerHTML = joinMap(put, ({ label, x, y }) =>
      element("span", escapeHtml(label), `style="left:${x}px;top:${y}px"`),
    );
  }
  function titleNow() {
    const n = who.length;
    if (n < 2) return "Where is one member unsure?";
    const titles = {
      EU: `Where do ${n} members disagree?`,
      AU: `What does each of ${n} members leave open?`,
      TU: `Where are ${n} members together unsure?`,
    };
    return titles[now.colour];
  }
  function sentenceNow() {
    const n = who.length;
    if (n < 2) return "One member alone: EU is 0, for there is nobody to disagree with.";
    const edges = s.L > 1 ? ` with ${s.kept[now.level]} % of the edges` : "";
    return `EU is ${percent(out.ratio)} of AU among ${n} members: ${s.name}${edges}.`;
  }
  function relativeText() {
    if (who.length < 2) return "needs two";
    return out.relative === null ? "no errors" : f2(out.relative);
  }
  const findsText = () => (out.finds[0] === null ? "no errors" : out.finds.map(f2).join(", "));
  function drawStack({ AU, EU }) {
    const [aleatoric, epistemic] = find(".cv-stack").children;
    const share = (100 * AU) / (AU + EU || 1);
    aleatoric.style.width = `${share}%`;
    epistemic.style.width = `${100 - share}%`;
    find(".cv-stack").ariaLabel =
      `Total uncertainty ${f3(AU + EU)} nats a point: ` +
      `aleatoric ${f3(AU)}, epistemic ${f3(EU)}`;
    find(".cv-au").textContent = `AU ${f3(AU)} nats`;
    find(".cv-eu").textContent = `EU ${f3(EU)} nats`;
  }
  // where a share stands on the logarithmic axis
  const along = (share) => clamp(log(share / LEAST) / log(1 / LEAST), 0, 1);
  const at = (share) => `left:${100 * along(share)}%`;
  function rowOf(set, k) {
    const pressed = `type="button" class="cv-row" data-set="${k}" aria-pressed="${k === now.set}"`;
    const name = `<span>${escapeHtml(set.name)}</span>`;
    if (set.fail) return element("button", name, pressed);
    const ratios = set.ratios(now.shuffle, now.members);
    const level = k === now.set ? now.level : set.L - 1;
    const lines = joinMap(TENS, (share) => `<u style="${at(share)}"></u>`);
    const dotOf = (share, i) => {
      const kind =
        (i === set.L - 1 ? "cv-full " : "") + (k === now.set && i === level ? "cv-now" : "");
      return `<i class="${kind}" style="${at(share)}"></i>`;
    };
    const dots = joinMap(ratios, dotOf);
    const track = `<span class="cv-track2" aria-hidden="true">${lines}${dots}</span>`;
    return element("button", `${name}<b>${percent(ratios[level])}</b>${track}`, pressed);
  }
  function drawRows() {
    const rows = find(".cv-rows");
    const had = document.activeElement?.dataset?.set;
    const ticks = joinMap(
      TENS,
      (share) => `<span style="${at(share)}">${+(100 * share).toPrecision(1)} %</span>`,
    );
    const axis = `<div class="cv-row cv-axis" aria-hidden="true"><div>${ticks}</div></div>`;
    rows.innerHTML = joinMap(sets, rowOf) + axis;
    if (had !== undefined) rows.querySelector(`[data-set="${had}"]`)?.focus();
  }
  function drawNumbers() {
    const rows = {
      ratio: ["EU/AU", percent(out.ratio)],
      accuracy: ["Accuracy, ensemble", f3(out.accuracy)],
      commonest: ["Accuracy, always the commonest class", f3(out.commonest)],
      nll: ["Mean NLL, ensemble", f3(out.nll)],
      single: ["Mean NLL, one member", f3(out.single)],
      G: ["G = exp(NLL of one − NLL of ensemble)", f3(out.G)],
      relative: ["Disagreement / error", relativeText()],
      finds: ["Finds wrong answers: EU, AU (a coin 0.50)", findsText()],
    };
    find("dl").innerHTML = joinMap(Object.entries(rows), ([key, [term, value]]) => {
      const seen = key === lit ? 'class="cv-lit"' : "";
      return element("div", `<dt>${term}</dt><dd>${value}</dd>`, seen);
    });
  }
  function drawPanel() {
    who = pick(now.shuffle, now.members, s.M);
    voices = who.map((i) => s.at(now.level)[i]);
    out = summary(voices, s.y);
    const top = topOfScale();
    const end = top < 0.1 ? Number(top.toPrecision(2)) : f2(top);
    const wrong = out.mean.filter((row, n) => !isRight(row, n)).length;
    const sentence = sentenceNow();
    const edges = s.edges.length ? `; ${edgesShown().length} edges among them` : "";
    const speaking = `${who.length > 1 ? "members" : "member"} ${memberList(who)} of ${s.M}`;
    drawDots(top);
    drawNames();
    drawRows();
    find(".cv-title").textContent = titleNow();
    find(".cv-high").textContent = `${end} nats ${now.colour} or more`;
    find(".cv-what").textContent = MEASURES[now.colour];
    find(".cv-who").textContent = speaking;
    // a live region speaks whenever it is written to
    if (find(".cv-say").textContent !== sentence) find(".cv-say").textContent = sentence;
    drawStack(out.means);
    drawNumbers();
    picture.ariaLabel =
      `${s.N} test points of ${s.name}, coloured by ${now.colour} from 0 to ${f2(top)} nats; ` +
      `${wrong} wrong and ringed${edges}. ${sentence}`;
    drawPoint();
    if (details.open) drawTable();
  }

  // --- one point

  const partsOf = (i) => `EU ${f3(max(0, out.EU[i]))}, AU ${f3(out.AU[i])}`;
  function told() {
    const row = out.mean[picked];
    const says = `the ensemble says ${s.labels[guess(row)]} with ${f2(max(...row))}`;
    return `Test point ${picked + 1}, ${s.labels[s.y[picked]]}: ${says}; ${partsOf(picked)}.`;
  }
  function drawVoices(row) {
    const guesses = voices.map((member) => guess(member[picked]));
    const head = '<span>class</span><span class="cv-wide">ensemble</span><span>guessed by</span>';
    const lines = joinMap(s.labels, (label, c) => {
      const by = who.filter((_, k) => guesses[k] === c);
      const tag = c === s.y[picked] ? "strong" : "span";
      const track = `<span class="cv-track"><i style="width:${100 * row[c]}%"></i></span>`;
      const members = by.length ? memberList(by) : "–";
      const name = `<${tag}>${escapeHtml(label)}</${tag}>`;
      return `${name}${track}<span>${f2(row[c])}</span><span>${members}</span>`;
    });
    find(".cv-voices").innerHTML = head + lines;
  }
  function drawPoint() {
    picked = min(picked, s.N - 1);
    picker.max = s.N;
    if (document.activeElement !== picker) picker.value = picked + 1;
    const label = escapeHtml(s.labels[s.y[picked]]);
    find(".cv-here").setAttribute("transform", `translate(${placeOf(picked)})`);
    find(".cv-truth").innerHTML = `is <strong>${label}</strong>; ${partsOf(picked)} nats`;
    drawVoices(out.mean[picked]);
  }
  function drawTable() {
    const rows = s.y.map((c, i) => [
      i + 1,
      escapeHtml(s.labels[c]),
      escapeHtml(s.labels[guess(out.mean[i])]),
      f3(out.TU[i]),
      f3(out.AU[i]),
      f3(max(0, out.EU[i])),
    ]);
    find("table").innerHTML = tableOf(["point", "label", "ensemble", "TU", "AU", "EU"], rows);
  }

  // --- between two members

  // the loss is drawn on a logarithmic scale where it varies much
  function axesOf(svg, losses) {
    const W = max(240, round(svg.clientWidth) || 420);
    const H = 230;
    const w = W - 54;
    const h = H - 52;
    const kept = losses.map((v) => max(v, 1e-3));
    const high = 1.1 * max(...kept);
    const isLog = high / min(...kept) > 4;
    const low = isLog ? min(...kept) / 1.7 : 0;
    const byLog = (v) => (h * log(high / max(v, 1e-3))) / log(high / low);
    const y = isLog ? byLog : (v) => h * (1 - v / high);
    return { W, H, w, h, high, low, isLog, y };
  }
  function ticksOf({ high, low, isLog }) {
    if (isLog) {
      const tens = [0.001, 0.01, 0.1, 1, 10, 100];
      const ticks = [1, 2, 5].flatMap((m) => tens.map((t) => +(m * t).toPrecision(1)));
      return ticks.filter((v) => v > low && v < high);
    }
    const power = 10 ** floor(Math.log10(high / 4));
    const step = power * [1, 2, 5, 10].find((m) => m * power >= high / 5.5);
    return range(9)
      .map((i) => i * step)
      .filter((v) => v < high);
  }
  function plotHtml(axes, { weights, answers }) {
    const { w, h, isLog, y } = axes;
    const K = weights.length;
    const x = (i) => (w * i) / (K - 1);
    const here = x(now.a);
    const middle = K >> 1;
    const top = indexOfMost(weights);
    const isLower = answers[middle] < weights[middle];
    const levels = joinMap(ticksOf(axes), (v) => {
      const name = svgText(-6, y(v) + 4, +v.toPrecision(3), 'text-anchor="end"');
      return svgLine(`M0 ${y(v)}H${w}`) + name;
    });
    const positions = joinMap([0, 0.5, 1], (v) =>
      svgText(v * w, h + 15, v, 'text-anchor="middle"'),
    );
    function curve(losses, ink, dash) {
      const path = `M${losses.map((v, i) => `${x(i)} ${y(v)}`).join("L")}`;
      const at = `cx="${here}" cy="${y(losses[now.a])}" r="5"`;
      const spot = `<circle ${at} fill="var(--${ink})" stroke="var(--panel)"/>`;
      return svgLine(path, `var(--${ink})`, `stroke-width="2.6" ${dash}`) + spot;
    }
    function name(text, ink, i, height) {
      const right = x(i) + 100 < w;
      const anchor = `text-anchor="${right ? "start" : "end"}"`;
      const look = `${anchor} style="fill:var(--${ink})" font-weight="650"`;
      return svgText(x(i) + (right ? 10 : -10), clamp(height, 11, h - 5), text, look);
    }
    return (
      levels +
      positions +
      svgLine(`M0 0V${h}H${w}`, "currentColor") +
      svgLine(`M${here} 0V${h}`, "currentColor", 'stroke-dasharray="2 3"') +
      svgLine(
        `M0 ${y(log(s.C))}H${w}`,
        "var(--soft)",
        'stroke-width="1.6" stroke-dasharray="2 4"',
      ) +
      svgText(6, y(log(s.C)) - 5, `no idea: log ${s.C}`) +
      curve(weights, "w", "") +
      curve(answers, "b", 'stroke-dasharray="7 4"') +
      name("weights mixed", "w", top, y(weights[top]) - 3) +
      name("answers mixed", "b", middle, y(answers[middle]) + (isLower ? 18 : -9)) +
      svgText(w / 2, h + 31, "position a between two members", 'text-anchor="middle"') +
      svgText(-42, -6, isLog ? "loss, log scale" : "loss")
    );
  }
  function drawGuesses(byWeights, byAnswers) {
    const wide = max(...byWeights, ...byAnswers, 0.01);
    const both = (c, text) => [byWeights, byAnswers].map((shares) => text(shares[c]));
    const bar = (share) => `<i style="width:${(100 * share) / wide}%"></i>`;
    const whole = (share) => round(100 * share);
    find(".cv-hist").innerHTML = joinMap(s.labels, (label, c) => {
      const bars = `<span class="cv-pair">${both(c, bar).join("")}</span>`;
      return `<span>${escapeHtml(label)}</span>${bars}<b>${both(c, whole).join(" | ")} %</b>`;
    });
    const said = s.labels.map((label, c) => `${label} ${both(c, percent).join(" and ")}`);
    find(".cv-hist").ariaLabel =
      "Share of points guessed to be of a class, weights mixed and answers mixed: " +
      said.join(", ");
  }
  function drawBetween() {
    for (const part of findAll(".cv-second")) part.hidden = !s.path;
    find(".cv-between").classList.toggle("cv-lit", lit === "between");
    if (!s.path) return;
    const { weights, answers, guess_weights, guess_answers } = s.path;
    const k = now.a;
    const svg = find(".cv-plot");
    const axes = axesOf(svg, [...weights, ...answers, log(s.C)]);
    const byWeights = sharesOf(guess_weights[k] ?? []);
    const byAnswers = sharesOf(guess_answers[k] ?? []);
    const kinds = (shares) => shares.filter((share) => share > 0).length;
    const said =
      `At a = ${f2(k / (weights.length - 1))} the loss is ${f2(weights[k])} along mixed weights ` +
      `and ${f2(answers[k])} along mixed answers; ` +
      `${kinds(byWeights)} and ${kinds(byAnswers)} of ${s.C} classes are guessed.`;
    svg.setAttribute("viewBox", `0 0 ${axes.W} ${axes.H}`);
    svg.style.height = `${axes.H}px`;
    svg.innerHTML = `<g transform="translate(44 18)" fill="none">${plotHtml(axes, s.path)}</g>`;
    find(".cv-path").textContent = said;
    svg.ariaLabel = said;
    drawGuesses(byWeights, byAnswers);
  }

  // --- the reader

  function showKnob(key, most, text) {
    const input = find(`[data-k=${key}]`);
    input.max = most;
    input.value = now[key];
    input.ariaValueText = text;
    input.nextElementSibling.textContent = text;
  }
  function controls() {
    const end = (s.path?.weights.length ?? 2) - 1;
    showKnob("members", min(12, s.M), String(now.members));
    showKnob("level", s.L - 1, `${s.kept[now.level]} %`);
    showKnob("a", end, f2(now.a / end));
    find("[data-k=level]").disabled = s.L < 2;
    for (const radio of findAll("[type=radio]")) radio.checked = radio.value === now.colour;
    find("[data-k=same]").checked = !!now.same;
  }
  function showFail() {
    const why = s?.fail && `The data set “${s.name}” cannot be shown: ${s.fail}.`;
    const fail = s ? why : "This figure was given no data set.";
    const nothing = sets.every((set) => set.fail);
    find(".cv-fail").hidden = !fail;
    find(".cv-fail").textContent = fail || "";
    find(".cv-all").hidden = !s || (!!s.fail && nothing);
    for (const part of findAll(".cv-part > :not(.cv-box, .cv-rows)")) {
      part.style.visibility = fail ? "hidden" : "";
    }
    return fail;
  }
  // what is asked for, within what the set has
  function fitChoices() {
    const fit = (key, least, most) => (now[key] = clamp(round(now[key]) || 0, least, most));
    fit("members", 1, min(12, s.M));
    fit("level", 0, s.L - 1);
    fit("a", 0, (s.path?.weights.length ?? 21) - 1);
    fit("shuffle", 0, Infinity);
    if (!(now.colour in MEASURES)) now.colour = "EU";
  }
  // in a new set the reader finds the point on which members disagree most
  function pickFirst() {
    if (known === s) return;
    known = s;
    const members = pick(now.shuffle, now.members, s.M).map((i) => s.at(now.level)[i]);
    picked = indexOfMost(decompose(members).EU);
  }
  function draw() {
    s = sets[now.set];
    if (showFail()) {
      if (s) drawRows();
      return;
    }
    fitChoices();
    pickFirst();
    drawPanel();
    drawBetween();
    controls();
  }
  function save(values) {
    Object.assign(now, values);
    set(values);
    model.save_changes?.();
  }
  function change(values) {
    lit = "";
    save(values);
    draw();
  }
  // words in the text may point at a part that lies below the window
  function bringUp() {
    if (!model.get("frame")) return;
    set({ frame: "" });
    model.save_changes?.();
    const part = find(".cv-lit");
    const room = innerHeight - 140;
    const depth = part ? part.getBoundingClientRect().bottom - el.getBoundingClientRect().top : 0;
    if (depth > room) part.scrollIntoView({ block: "end" });
  }
  function choosePoint(i) {
    if (!Number.isInteger(i) || i < 0 || i >= s.N) return;
    picked = i;
    drawPoint();
    say(told());
  }
  listen(root, "input", ({ target }) => {
    const key = target.dataset.k;
    const value = +target.value;
    if (key === "a") {
      save({ a: value });
      drawBetween();
      controls();
    } else if (key === "same") change({ same: +target.checked });
    else if (key) change({ [key]: value });
    else if (target.type === "radio") change({ colour: target.value });
    else choosePoint(value - 1);
  });
  listen(picker, "blur", () => (picker.value = picked + 1));
  listen(find(".cv-rows"), "click", ({ target }) => {
    const chosen = target.closest("[data-set]")?.dataset.set;
    if (chosen !== undefined) change({ set: +chosen, level: (sets[chosen].L || 1) - 1 });
  });
  // the two spots between two members follow the pointer
  listen(find(".cv-plot"), "pointerdown pointermove", (event) => {
    if (!event.buttons) return;
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left - 44) / (box.width - 54);
    const end = s.path.weights.length - 1;
    save({ a: clamp(round(share * end), 0, end) });
    drawBetween();
    controls();
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
  });
  listen(find(".cv-again"), "click", () => {
    change({ shuffle: now.shuffle + 1 });
    say(`Now speak members ${memberList(who)}.`);
  });
  listen(details, "toggle", () => details.open && drawTable());
  function pickUnder(event) {
    const box = picture.getBoundingClientRect();
    const x = ((event.clientX - box.left) * 1040) / box.width;
    const y = ((event.clientY - box.top) * 820) / box.height;
    const off = range(s.N).map((i) => hypot(placeOf(i)[0] - x, placeOf(i)[1] - y));
    const i = indexOfLeast(off);
    if (off[i] >= 40 || i === picked) return;
    picked = i;
    drawPoint();
  }
  listen(plane, "pointermove pointerdown", pickUnder);
  // the nearest point in the direction of an arrow key; what lies aside counts twice
  function nextPoint([right, up]) {
    const here = placeOf(picked);
    const off = range(s.N).map((i) => {
      const [dx, dy] = placeOf(i).map((v, k) => v - here[k]);
      const along = dx * right - dy * up;
      return along > 0 ? along + 2 * abs(dx * up + dy * right) : Infinity;
    });
    const i = indexOfLeast(off);
    return off[i] < Infinity ? i : picked;
  }
  listen(plane, "keydown", (event) => {
    const way = arrowOf(event);
    if (!way || isShortcut(event)) return;
    picked = nextPoint(way);
    drawPoint();
    say(told());
    event.preventDefault();
  });

  // --- surroundings: light or dark, size, changes made in Python. Nothing moves by itself.

  function read(fresh) {
    for (const key in AT_REST) now[key] = +(model.get(key) ?? AT_REST[key]);
    now.colour = model.get("colour") ?? "EU";
    if (fresh) sets = (model.get("sets") ?? []).map(unpack);
    now.set = clamp(round(now.set) || 0, 0, max(0, sets.length - 1));
  }
  const keys = [...Object.keys(AT_REST), "colour", "sets", "frame"];
  const set = followModel(model, place, keys, (key) => {
    lit = model.get("frame") ?? "";
    read(key === "sets");
    draw();
    setTimeout(bringUp);
  });
  const updateTheme = followTheme(place);
  read(true);
  draw();
  followSize(place, root, () => {
    updateTheme();
    if (!s || s.fail) return;
    drawNames();
    drawBetween();
  });

  root.figure = {
    get read() {
      return out;
    },
    get who() {
      return who;
    },
    get picked() {
      return picked;
    },
    get voices() {
      return voices;
    },
    get now() {
      return { ...now };
    },
    destroy: place.leave,
  };
  return root.figure;
}

export default figureFrom(mount);
