// Two pendulums draw one curve: x = sin(a t + phase), y = sin(b t).
// State: a, b (whole numbers, 1 to 9), phase (radians, 0 to 2 pi).

import { fixed, followModel, joinMap, range, slider, takePlace } from "./shared.js";

const TAU = 2 * Math.PI;
const HALF = 120; // of the drawing's side
const SCALE = 0.9 * HALF;

// The pen at time t: [x, y], each in -1 to 1
export function step(t, { a, b, phase }) {
  return [Math.sin(a * t + phase), Math.sin(b * t)];
}

const gcd = (a, b) => (b ? gcd(b, a % b) : a);

// How often the curve crosses itself, for all but a few phases: 2ab - a - b once a common factor
// is taken out
export function crossings(a, b) {
  const g = gcd(a, b);
  return (2 * a * b) / (g * g) - (a + b) / g;
}

const CSS = `
.liss {
  display: flex;
  flex-wrap: wrap;
  gap: 1em 1.5em;
  align-items: center;
  padding: 0 4px;
  font: inherit;
  color: inherit;
}
.liss svg { width: min(100%, 20rem); aspect-ratio: 1; flex: 0 1 20rem; overflow: visible; }
.liss-side { flex: 1 1 14rem; display: grid; gap: .6em; min-width: 12rem; }
.liss .knob { display: grid; grid-template-columns: 1fr auto; align-items: baseline; }
.liss .knob b { grid-area: 1 / 2; font-weight: 400; font-variant-numeric: tabular-nums; }
.liss input { grid-area: 2 / 1 / 3 / 3; width: 100%; min-height: 1.6em; accent-color: #0072b2; }
.liss-side button {
  justify-self: start;
  font: inherit;
  padding: .3em 1em;
  color: inherit;
  background: transparent;
  border: 1px solid currentColor;
  border-radius: 4px;
  cursor: pointer;
}
.liss :focus-visible { outline: 3px solid #0072b2; outline-offset: 2px; }
`;
const FRAME = `x="${-SCALE}" y="${-SCALE}" width="${2 * SCALE}" height="${2 * SCALE}"`;
const HTML = `<style>${CSS}</style>
<svg role="img" viewBox="${-HALF} ${-HALF} ${2 * HALF} ${2 * HALF}" fill="none">
<rect ${FRAME} stroke="currentColor" stroke-opacity=".25"/>
<path class="curve" stroke="#0072b2" stroke-width="2.5" stroke-linejoin="round"/>
<path class="rail" stroke="currentColor" stroke-opacity=".4" stroke-dasharray="3 3"/>
<circle r="5" fill="#d55e00"/></svg>
<div class="liss-side">
${slider("a", "Swings across, a", 1, 9)}
${slider("b", "Swings up and down, b", 1, 9)}
${slider("phase", "Phase", 0, 6.28, 0.01)}
<button type="button"></button><output></output></div>`;

function render({ model, el }) {
  const place = takePlace(el, "liss", HTML);
  const { find, findAll, listen } = place;
  const svg = find("svg");
  const pen = find("circle");
  const button = find("button");
  const state = () => ({ a: model.get("a"), b: model.get("b"), phase: model.get("phase") });
  const point = (t, s) => step(t, s).map((v, i) => (i ? -v : v) * SCALE);

  function curvePath(s) {
    const period = TAU / gcd(s.a, s.b);
    const n = (360 * Math.max(s.a, s.b)) / gcd(s.a, s.b);
    const points = range(Math.floor(n) + 1).map((i) => point((period * i) / n, s));
    return joinMap(points, ([x, y], i) => `${i ? "L" : "M"}${x.toFixed(2)} ${y.toFixed(2)}`);
  }
  function update() {
    const s = state();
    const { a, b, phase } = s;
    const k = crossings(a, b);
    find(".curve").setAttribute("d", curvePath(s));
    for (const input of findAll("input")) {
      const key = input.dataset.k;
      input.value = s[key];
      input.nextElementSibling.textContent = key === "phase" ? fixed(phase) : s[key];
    }
    find("output").value = `${a} : ${b} crosses itself ${k} ${k === 1 ? "time" : "times"}`;
    svg.ariaLabel =
      `Lissajous curve, ${a} swings across to ${b} up and down, ` +
      `phase ${fixed(phase)}; ${k} crossings`;
    movePen();
  }

  let frame = 0;
  let time = 0;
  let last = 0;
  function movePen() {
    const [x, y] = point(time, state());
    pen.setAttribute("cx", x);
    pen.setAttribute("cy", y);
    find(".rail").setAttribute("d", `M${x} ${SCALE}V${y}H${-SCALE}`);
  }
  function tick(now) {
    if (!el.isConnected) {
      stop();
      return;
    }
    time += Math.min(now - last, 50) / 1500;
    last = now;
    movePen();
    frame = requestAnimationFrame(tick);
  }
  function start() {
    last = performance.now();
    frame = requestAnimationFrame(tick);
    button.textContent = "Hold the pen";
  }
  function stop() {
    cancelAnimationFrame(frame);
    frame = 0;
    button.textContent = "Let the pen run";
  }
  listen(button, "click", () => (frame ? stop() : start()));
  listen(find(".liss-side"), "input", ({ target }) => {
    model.set(target.dataset.k, target.valueAsNumber);
    model.save_changes();
  });

  // A reader who asked for less motion gets a pen at rest; the button still moves it.
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) stop();
  else start();
  followModel(model, place, ["a", "b", "phase"], update);
  update();
  return () => {
    stop();
    place.leave();
  };
}

export default { render };
