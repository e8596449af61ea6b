// What several live figures need, written once. A figure imports names from here, and `Live` puts
// what they rest on into its module. Each declaration begins at the left edge.

// --- numbers

export const range = (n) => Array.from({ length: n }, (_, i) => i);
export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const mean = (values) => sum(values) / values.length;
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
export const indexOfLeast = (values) => values.indexOf(Math.min(...values));
export const indexOfMost = (values) => values.indexOf(Math.max(...values));

// --- arrays of the state, which travel as {dtype, shape, b64}

// float32 becomes Float32Array, and so on
function unpack({ dtype, b64 }) {
  const bytes = Uint8Array.from(atob(b64), (letter) => letter.charCodeAt(0));
  const type = globalThis[dtype[0].toUpperCase() + dtype.slice(1) + "Array"];
  return new type(bytes.buffer);
}

// a typed array; nested lists are laid flat, nothing stays nothing
export function decodeFlat(value) {
  if (value == null) return value;
  return Array.isArray(value) ? Float64Array.from(value.flat(9)) : unpack(value);
}

// a list, of rows when the array has two axes; anything else as it is
export function decodeRows(value) {
  if (value?.b64 === undefined) return value;
  const flat = [...unpack(value)];
  const [length, width] = value.shape;
  if (value.shape.length < 2) return flat;
  return range(length).map((i) => flat.slice(i * width, (i + 1) * width));
}

// --- words

export const escapeHtml = (text) =>
  String(text).replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
// a true minus sign, and none before a zero
export const fixed = (value, digits = 2) =>
  (value < 0 && +value.toFixed(digits) ? "−" : "") + Math.abs(value).toFixed(digits);
export const scientific = (value) => value.toExponential(1).replace("-", "−");
export const grouped = (value) => value.toLocaleString("en-GB");

// --- HTML and SVG

export const joinMap = (list, html) => list.map(html).join("");
export const element = (tag, html, attributes = "") => `<${tag} ${attributes}>${html}</${tag}>`;
export function tableRow(cells, tag = "td") {
  const html = joinMap(cells, (cell) => element(tag, cell));
  return element("tr", html);
}
export function tableOf(head, rows) {
  const body = joinMap(rows, (cells) => tableRow(cells));
  return element("thead", tableRow(head, "th")) + element("tbody", body);
}
export const optionsOf = (texts) =>
  joinMap(Object.entries(texts), ([value, text]) =>
    element("option", escapeHtml(text), `value="${value}"`),
  );
// a slider with its name before it and room for its value behind it; `data-k` says what it sets
export const slider = (key, name, least, most, step = 1) =>
  `<label class="knob"><span>${name}</span>
  <input type="range" data-k="${key}" min="${least}" max="${most}" step="${step}">
  <b aria-hidden="true"></b></label>`;
export const svgText = (x, y, text, attributes = "") =>
  element("text", text, `x="${x}" y="${y}" fill="currentColor" ${attributes}`);
export const svgLine = (path, ink = "var(--line)", attributes = "") =>
  `<path d="${path}" fill="none" stroke="${ink}" ${attributes}/>`;
export const LOOK = `
.fig {
  container-type: inline-size;
  font: 14px/1.45 system-ui, sans-serif;
  font-variant-numeric: tabular-nums;
  text-align: left;
  color: var(--fg);
  --fg: #1c2128;
  --soft: #57606a;
  --panel: #f6f8fa;
  --hot: #005a9c;
  --line: #8886;
}
.fig[data-dark] {
  --fg: #e6edf3;
  --soft: #a9b4c0;
  --panel: #161c24;
  --hot: #7cc4f5;
  color-scheme: dark;
}
.fig * { box-sizing: border-box; }
.fig [hidden] { display: none !important; }
.fig :is(p, label) { margin: 0; }
.fig :is(input, select, button) {
  font: inherit;
  color: var(--fg);
  margin: 0;
  min-width: 0;
  accent-color: var(--hot);
}
.fig :is(select, button, [type="number"]) {
  background: var(--panel);
  border: 1px solid var(--soft);
  border-radius: 5px;
  padding: 3px 10px;
}
.fig :focus-visible { outline: 2px solid var(--hot); outline-offset: 2px; }
.fig .quiet {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}
`;

// --- the figure's place on the page

// Puts `html` into the page. `listen` hears events until `leave` takes everything away again.
export function takePlace(el, name, html) {
  const root = document.createElement("div");
  const stay = new AbortController();
  const { signal } = stay;
  root.className = name;
  root.innerHTML = html;
  el.append(root);
  return {
    el,
    root,
    signal,
    find: (query) => root.querySelector(query),
    findAll: (query) => [...root.querySelectorAll(query)],
    listen(target, names, heard, options) {
      for (const name of names.split(" ")) {
        target.addEventListener(name, heard, { signal, ...options });
      }
    },
    leave() {
      stay.abort();
      root.remove();
    },
  };
}

// Calls `changed(dark)` whenever the text around the figure turns light or dark
export function followTheme({ el, root, signal, listen }, changed = () => {}) {
  function update() {
    const [, green] = getComputedStyle(el).color.match(/[\d.]+/g) ?? [];
    const dark = green > 127;
    root.toggleAttribute("data-dark", dark);
    changed(dark);
  }
  const watch = new MutationObserver(() => {
    update();
    setTimeout(update, 400); // a page may fade from one to the other
  });
  for (const page of [document.documentElement, document.body]) {
    watch.observe(page, { attributes: true });
  }
  listen(matchMedia("(prefers-color-scheme: dark)"), "change", update);
  signal.addEventListener("abort", () => watch.disconnect());
  update();
  return update;
}

// Calls `changed` when the size of `target` does
export function followSize({ signal }, target, changed) {
  const watch = new ResizeObserver(changed);
  watch.observe(target);
  signal.addEventListener("abort", () => watch.disconnect());
}

// Calls `changed(key)` when Python, or a button in the text, changes a value. What the figure sets
// through the function that comes back is not heard.
export function followModel(model, { signal }, keys, changed) {
  let own = false;
  const heard = keys.map((key) => [`change:${key}`, () => own || changed(key)]);
  for (const [event, hear] of heard) model.on?.(event, hear);
  signal.addEventListener("abort", () => {
    for (const [event, hear] of heard) model.off?.(event, hear);
  });
  return function set(values) {
    own = true;
    for (const key in values) model.set(key, values[key]);
    own = false;
  };
}

// --- drawing and steering

// Gives a canvas as many pixels as the screen has; a new size clears it
export function fitCanvas(canvas, width, height) {
  const ratio = Math.min(2, devicePixelRatio || 1);
  const columns = Math.max(1, Math.round(width * ratio));
  const rows = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
  }
  return ratio;
}

// the direction of an arrow key, up is positive
export const arrowOf = (event) =>
  ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] })[event.key];
export const isShortcut = (event) => event.ctrlKey || event.metaKey || event.altKey;

// What a module exports, from a function that mounts a figure and returns it
export const figureFrom = (mount) => ({
  render({ model, el }) {
    const figure = mount(model, el);
    return () => figure.destroy();
  },
});
