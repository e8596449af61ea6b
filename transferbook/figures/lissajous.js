// Two pendulums draw one curve: x = sin(a t + phase), y = sin(b t).
// State: a, b (whole numbers, 1 to 9), phase (radians, 0 to 2 pi).

const TAU = 2 * Math.PI, SIZE = 240, NS = "http://www.w3.org/2000/svg";

/** The pen at time t: [x, y], each in -1 to 1. */
export function step(t, { a, b, phase }) {
  return [Math.sin(a * t + phase), Math.sin(b * t)];
}

const gcd = (a, b) => (b ? gcd(b, a % b) : a);

/** How often the curve crosses itself, for all but a few phases: 2ab - a - b once a common factor is taken out. */
export function crossings(a, b) {
  const g = gcd(a, b);
  return (2 * a * b) / (g * g) - (a + b) / g;
}

const css = `
.liss { display: flex; flex-wrap: wrap; gap: 1em 1.5em; align-items: center; padding: 0 4px; font: inherit; color: inherit }
.liss svg { width: min(100%, 20rem); aspect-ratio: 1; flex: 0 1 20rem; overflow: visible }
.liss-side { flex: 1 1 14rem; display: grid; gap: .6em; min-width: 12rem }
.liss-side label { display: grid; grid-template-columns: 1fr auto; align-items: baseline }
.liss-side input { grid-column: 1 / -1; width: 100%; min-height: 1.6em; accent-color: #0072b2 }
.liss-side span, .liss-side output { font-variant-numeric: tabular-nums }
.liss-side button { justify-self: start; font: inherit; padding: .3em 1em; color: inherit; background: transparent; border: 1px solid currentColor; border-radius: 4px; cursor: pointer }
.liss :focus-visible { outline: 3px solid #0072b2; outline-offset: 2px }`;

function draw(tag, attributes, parent) {
  const node = document.createElementNS(NS, tag);
  for (const k in attributes) node.setAttribute(k, attributes[k]);
  parent.append(node);
  return node;
}

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "liss";
  root.innerHTML = `<style>${css}</style>`;
  el.append(root);

  const half = SIZE / 2, scale = 0.9 * half;
  const svg = draw("svg", { viewBox: `${-half} ${-half} ${SIZE} ${SIZE}`, role: "img" }, root);
  draw("rect", { x: -scale, y: -scale, width: 2 * scale, height: 2 * scale, fill: "none", stroke: "currentColor", "stroke-opacity": 0.25 }, svg);
  const curve = draw("path", { fill: "none", stroke: "#0072b2", "stroke-width": 2.5, "stroke-linejoin": "round" }, svg);
  const rail = draw("path", { fill: "none", stroke: "currentColor", "stroke-opacity": 0.4, "stroke-dasharray": "3 3" }, svg);
  const pen = draw("circle", { r: 5, fill: "#d55e00" }, svg);

  const side = document.createElement("div");
  side.className = "liss-side";
  root.append(side);
  const knobs = {};
  for (const [key, text, min, max, tick] of [["a", "Swings across, a", 1, 9, 1], ["b", "Swings up and down, b", 1, 9, 1], ["phase", "Phase", 0, 6.28, 0.01]]) {
    const label = document.createElement("label"), input = document.createElement("input"), shown = document.createElement("span");   // a span: a label names its first <output> or <input>
    Object.assign(input, { type: "range", min, max, step: tick, name: key });
    label.append(text, shown, input);
    side.append(label);
    input.addEventListener("input", () => { model.set(key, input.valueAsNumber); model.save_changes(); });
    knobs[key] = { input, shown };
  }
  const button = document.createElement("button"), count = document.createElement("output");
  button.type = "button";
  side.append(button, count);

  const state = () => ({ a: model.get("a"), b: model.get("b"), phase: model.get("phase") });
  const point = (t, s) => step(t, s).map((v, i) => (i ? -v : v) * scale);

  function update() {
    const s = state(), n = 360 * Math.max(s.a, s.b) / gcd(s.a, s.b);
    let d = "";
    for (let i = 0; i <= n; i++) d += (i ? "L" : "M") + point((TAU * i) / n / gcd(s.a, s.b), s).map((v) => v.toFixed(2)).join(" ");
    curve.setAttribute("d", d);
    for (const key in knobs) {
      knobs[key].input.value = s[key];
      knobs[key].shown.textContent = key === "phase" ? s.phase.toFixed(2) : s[key];
    }
    const k = crossings(s.a, s.b);
    count.value = `${s.a} : ${s.b} crosses itself ${k} ${k === 1 ? "time" : "times"}`;
    svg.setAttribute("aria-label", `Lissajous curve, ${s.a} swings across to ${s.b} up and down, phase ${s.phase.toFixed(2)}; ${k} crossings`);
    place();
  }

  let frame = 0, time = 0, last = 0;
  function place() {
    const [x, y] = point(time, state());
    pen.setAttribute("cx", x);
    pen.setAttribute("cy", y);
    rail.setAttribute("d", `M${x} ${scale}V${y}H${-scale}`);
  }
  function tick(now) {
    if (!el.isConnected) return stop();
    time += Math.min(now - last, 50) / 1500;
    last = now;
    place();
    frame = requestAnimationFrame(tick);
  }
  function start() { last = performance.now(); frame = requestAnimationFrame(tick); button.textContent = "Hold the pen"; }
  function stop() { cancelAnimationFrame(frame); frame = 0; button.textContent = "Let the pen run"; }
  button.addEventListener("click", () => (frame ? stop() : start()));

  // A reader who asked for less motion gets a pen at rest; the button still moves it.
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) stop(); else start();
  const names = ["change:a", "change:b", "change:phase"];
  for (const name of names) model.on(name, update);
  update();
  return () => { stop(); for (const name of names) model.off(name, update); };
}

export default { render };
