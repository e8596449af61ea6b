// Points of two to four classes on a sphere: free ones that follow a loss downhill while you pull at them, and measured runs to leaf through.
// First the arithmetic, exported and compared with torch; then the figure.

export const LOSSES = {normface: "NormFace", ntce: "NTCE", nonl: "NONL", supcon: "SupCon", prototype_softmax: "Prototype softmax", dot_regression: "Dot regression"};
const MOVING = ["normface", "ntce", "nonl"], CARRIED = ["supcon", "prototype_softmax"], {abs, ceil, cos, exp, hypot, log, log1p, max, min, round, sin, sqrt} = Math;
const range = n => Array.from({length: n}, (_, i) => i), sum = a => a.reduce((s, v) => s + v, 0);
const dot = (A, a, B, b) => A[3 * a] * B[3 * b] + A[3 * a + 1] * B[3 * b + 1] + A[3 * a + 2] * B[3 * b + 2];
const add = (A, a, B, b, w) => {for (let k = 0; k < 3; k++) A[3 * a + k] += w * B[3 * b + k]};

// --- arrays of the state: {dtype, shape, b64} or nested lists; directions as pairs of int8 on an octahedron
const TYPES = {float32: Float32Array, float64: Float64Array, int8: Int8Array, int32: Int32Array};
export function decode(a) {
	if (a == null || Array.isArray(a)) return a && Float64Array.from(a.flat(9));
	return new TYPES[a.dtype](Uint8Array.from(atob(a.b64), ch => ch.charCodeAt(0)).buffer);
}
export function unfold(pairs) {
	const out = new Float64Array(pairs.length / 2 * 3);
	for (let i = 0; i < pairs.length / 2; i++) {
		let x = pairs[2 * i] / 127, y = pairs[2 * i + 1] / 127;
		const z = 1 - abs(x) - abs(y);
		if (z < 0) [x, y] = [(1 - abs(y)) * (x < 0 ? -1 : 1), (1 - abs(x)) * (y < 0 ? -1 : 1)];
		const r = hypot(x, y, z);
		out[3 * i] = x / r; out[3 * i + 1] = y / r; out[3 * i + 2] = z / r;
	}
	return out;
}

// --- a state: {U [3N], W [3K], y [N], K, loss, tau, rate, fraction, nonNegative, t}; U and W are unit vectors, changed in place
export function means(U, y, K) {
	const raw = new Float64Array(3 * K), unit = new Float64Array(3 * K), n = Array(K).fill(0), length = [];
	y.forEach((c, i) => {n[c]++; add(raw, c, U, i, 1)});
	for (let c = 0; c < K; c++) {
		length[c] = max(sqrt(dot(raw, c, raw, c)), 1e-12);
		for (let k = 3 * c; k < 3 * c + 3; k++) {unit[k] = raw[k] / length[c]; raw[k] /= n[c]}
	}
	return {raw, unit, length, n};
}
// each class gives its next ⌈fraction·n⌉ points, at least two, in rotation
export function batch({y, K, fraction, t}) {
	return range(K).flatMap(c => {
		const own = y.flatMap((v, i) => v === c ? [i] : []), m = min(own.length, max(2, ceil(fraction * own.length)));
		return range(m).map(j => own[(t * m + j) % own.length]);
	});
}
// log-sum-exp of a row, which turns into its softmax
function soften(row) {
	const top = max(...row);
	let total = 0;
	for (let j = 0; j < row.length; j++) total += row[j] = exp(row[j] - top);
	for (let j = 0; j < row.length; j++) row[j] /= total;
	return top + log(total);
}
// value of a batch, and its gradients in the cosines' plain form: the radial part is taken out by `along`
export function gradient(s, index) {
	const {U, y, K, tau, loss} = s, idx = index ?? range(y.length), M = idx.length, dU = new Float64Array(U.length), dW = new Float64Array(3 * K);
	const m = CARRIED.includes(loss) && means(U, y, K), W = m ? m.unit : s.W, n = Array(K).fill(0);
	let value = 0;
	idx.forEach(i => n[y[i]]++);
	const pull = (c, i, g) => {add(dU, i, W, c, g); add(dW, c, U, i, g)};   // g: derivative by the cosine of prototype c and point i
	if (loss === "supcon") for (const i of idx) {
		const p = idx.map(j => j === i ? -Infinity : dot(U, i, U, j) / tau), P = n[y[i]] - 1;
		idx.forEach((j, b) => {if (j !== i && y[j] === y[i]) value -= p[b] / P});
		value += soften(p);
		idx.forEach((j, b) => {
			const g = (p[b] - (j !== i && y[j] === y[i] ? 1 / P : 0)) / M / tau;
			if (j !== i) {add(dU, i, U, j, g); add(dU, j, U, i, g)}
		});
	} else if (loss === "dot_regression") for (const i of idx) {
		const r = dot(W, y[i], U, i) - 1;
		value += r * r / 2; pull(y[i], i, r / M);
	} else if (loss === "normface" || loss === "prototype_softmax") for (const i of idx) {
		const p = range(K).map(c => dot(W, c, U, i) / tau + (m ? log(n[c]) : 0));
		value -= dot(W, y[i], U, i) / tau; value += soften(p);
		p.forEach((v, c) => pull(c, i, (v - (c === y[i])) / M / tau));
	} else for (let c = 0; c < K; c++) {
		const all = idx.map(i => dot(W, c, U, i) / tau), p = loss === "nonl" ? all.map((v, b) => y[idx[b]] === c ? -Infinity : v) : [...all];
		value += n[c] * soften(p);
		idx.forEach((i, b) => {if (y[i] === c) value -= all[b]; pull(c, i, (n[c] * p[b] - (y[i] === c)) / M / tau)});
	}
	if (loss === "prototype_softmax") y.forEach((c, i) => {add(dU, i, dW, c, 1 / m.length[c]); add(dU, i, W, c, -dot(W, c, dW, c) / m.length[c])});
	return {value: value / M, dU, dW};
}
export const loss = (s, index) => gradient(s, index).value;
// a step along the sphere and back to length 1; returns the largest move
function along(X, G, pace, clamp) {
	let most = 0;
	for (let i = 0; i < X.length / 3; i++) {
		const radial = dot(X, i, G, i), moved = [0, 1, 2].map(k => X[3 * i + k] - pace * (G[3 * i + k] - radial * X[3 * i + k])).map(v => clamp ? max(v, 0) : v), r = hypot(...moved);
		if (r > 1e-12) moved.forEach((v, k) => {most = max(most, abs(v / r - X[3 * i + k])); X[3 * i + k] = v / r});
	}
	return most;
}
export function carry(s) {if (CARRIED.includes(s.loss)) s.W.set(means(s.U, s.y, s.K).unit); return s}
export function step(s) {
	const idx = batch(s), {dU, dW} = gradient(s, idx), pace = s.rate * (s.loss === "dot_regression" ? 1 : s.tau);
	s.moved = along(s.U, dU, pace * idx.length, s.nonNegative);
	if (MOVING.includes(s.loss)) s.moved = max(s.moved, along(s.W, dW, pace * s.K));
	s.t++;
	return carry(s);
}
const softFloor = (name, K, M, gap) => {
	const m = M / K, soft = log1p((K - 1) * exp(-gap));
	return {normface: soft, ntce: log(m) + soft, nonl: log(m * (K - 1)) - gap, supcon: log(m - 1 + m * (K - 1) * exp(-gap)), prototype_softmax: log(m) + soft, dot_regression: 0}[name];
};
export const floor = (name, K, M, tau) => softFloor(name, K, M, K / (K - 1) / tau);
// features without negative coordinates, in K dimensions or more
export const orthantFloor = (name, K, M, tau) => softFloor(name, K, M, (MOVING.includes(name) ? sqrt(K / (K - 1)) : 1) / tau);
export const orthantClass = K => 2 * (1 - sqrt((K - 1) / K));

// eigenvalues and, in columns, eigenvectors of a symmetric n × n matrix, by Jacobi's rotations
export function eigen(A, n) {
	A = Float64Array.from(A);
	const V = Float64Array.from({length: n * n}, (_, i) => +(i % (n + 1) === 0));
	for (let sweep = 0; sweep < 30; sweep++) for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) {
		if (abs(A[p * n + q]) < 1e-300) continue;
		const th = (A[q * n + q] - A[p * n + p]) / (2 * A[p * n + q]), t = (th < 0 ? -1 : 1) / (abs(th) + hypot(th, 1)), c = 1 / hypot(t, 1), s = t * c;
		const turn = (X, i, j) => {const x = X[i], y = X[j]; X[i] = c * x - s * y; X[j] = s * x + c * y};
		for (let k = 0; k < n; k++) turn(A, k * n + p, k * n + q);
		for (let k = 0; k < n; k++) {turn(A, p * n + k, q * n + k); turn(V, k * n + p, k * n + q)}
	}
	return {values: range(n).map(i => A[i * (n + 1)]), vectors: V};
}
export function gauges({U, W, y, K}) {
	const {raw, unit, n} = means(U, y, K), off = [], cosines = [], G = [];
	const centred = X => X.map((v, i) => v - sum(range(K).map(c => X[3 * c + i % 3])) / K), mid = centred(raw), open = centred(unit);
	const lengths = range(K).map(c => sqrt(dot(mid, c, mid, c))), mean = sum(lengths) / K, between = sum(lengths.map(v => v * v)) / K;
	for (let a = 0; a < K; a++) for (let b = 0; b < K; b++) {
		cosines.push(dot(unit, a, unit, b)); G.push(dot(open, a, open, b));
		if (a !== b) off.push(abs(dot(mid, a, mid, b) / lengths[a] / lengths[b] + 1 / (K - 1)));
	}
	const gap = (A, a, B, b) => (A[3 * a] - B[3 * b]) ** 2 + (A[3 * a + 1] - B[3 * b + 1]) ** 2 + (A[3 * a + 2] - B[3 * b + 2]) ** 2;
	const within = sum(y.map((c, i) => gap(U, i, raw, c) / n[c])) / K, lost = y.filter((c, i) => range(K).some(k => k !== c && dot(U, i, unit, k) > dot(U, i, unit, c))).length;
	const values = eigen(G, K).values.map(v => max(v, 0)), total = sum(values);
	return {
		nc1: within / between, equinorm: sqrt(sum(lengths.map(v => (v - mean) ** 2)) / K) / mean, equiangular: sum(off) / off.length,
		nc3: sum(range(K).map(c => gap(W, c, unit, c))) / K, nc4: lost / y.length, er_inter: exp(-sum(values.map(v => v > 0 ? v / total * log(v / total) : 0))), cosines,
	};
}
// the ideal arrangement: antipodes, a triangle, a tetrahedron; none for more classes in three dimensions
export const etf = K => ({2: [1, 0, 0, -1, 0, 0], 3: range(3).flatMap(c => [sin(c * 2.0943951023931953), 0, cos(c * 2.0943951023931953)]), 4: [1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1].map(v => v / sqrt(3))})[K];
// the same, turned or mirrored to lie nearest to given directions: M (MᵀM)^-½ with M = Σ unit eᵀ
export function nearestEtf(unit, K) {
	const E = etf(K), M = range(9).map(i => sum(range(K).map(c => unit[3 * c + (i / 3 | 0)] * E[3 * c + i % 3]))), column = (A, k) => [A[k], A[3 + k], A[6 + k]], inner = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
	const {values, vectors} = eigen(range(9).map(i => inner(column(M, i / 3 | 0), column(M, i % 3))), 3), near = Array(3 * K).fill(0);
	values.forEach((v, j) => {
		const from = column(vectors, j), to = range(3).map(r => inner(M.slice(3 * r, 3 * r + 3), from));
		if (v > 1e-20) for (let c = 0; c < K; c++) for (let r = 0; r < 3; r++) near[3 * c + r] += to[r] * inner(from, E.slice(3 * c, 3 * c + 3)) / sqrt(v);
	});
	return range(K).every(c => abs(dot(near, c, near, c) - 1) < 1e-6) ? near : E;
}
// random directions from a seed
export function start(counts, seed, nonNegative) {
	let a = seed * 2654435761 >>> 0;
	const next = () => {a = a + 0x6D2B79F5 | 0; let t = Math.imul(a ^ a >>> 15, 1 | a); t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t; return ((t ^ t >>> 14) >>> 0) / 4294967296};
	const normal = () => sqrt(-2 * log(1 - next())) * cos(2 * Math.PI * next());
	const unit = () => {const v = [normal(), normal(), normal()], r = hypot(...v); return v.map(x => x / r)};
	const y = counts.flatMap((n, c) => Array(n).fill(c)), W = Float64Array.from(counts.flatMap(unit));
	return {U: Float64Array.from(y.flatMap(unit), v => nonNegative ? abs(v) : v), W, y, K: counts.length, t: 0};
}

// --- the figure
const LIGHT = "#0072b2 #e69f00 #009e73 #d55e00 #cc79a7 #56b4e9 #f0e442 #000000".split(" "), DARK = "#56b4e9 #e69f00 #009e73 #d55e00 #cc79a7 #0072b2 #f0e442 #d0d0d0".split(" ");
const CSS = `.sp{container-type:inline-size;font:14px/1.45 system-ui,sans-serif;font-variant-numeric:tabular-nums;color:var(--fg);--fg:#1c2128;--soft:#57606a;--panel:#f6f8fa;--hot:#005a9c;--on:#fff;text-align:left}
.sp[data-dark]{--fg:#e6edf3;--soft:#a9b4c0;--panel:#161c24;--hot:#7cc4f5;--on:#0d1117;color-scheme:dark}
.sp *{box-sizing:border-box}.sp [hidden]{display:none!important}.sp :is(p,table){margin:0}
.sp .whole{display:grid;grid-template:"ball head" auto "ball side" 1fr "panel panel" auto/minmax(0,1.2fr) minmax(0,1fr);gap:12px 28px}
.sp .ball{grid-area:ball}.sp .head{grid-area:head}.sp .side{grid-area:side;display:grid;gap:12px;align-content:start}.sp .panel{grid-area:panel}
.sp .stage{aspect-ratio:1;max-height:510px;width:100%;touch-action:none;cursor:grab;user-select:none;position:relative;border-radius:6px}
.sp canvas{position:absolute;inset:0;width:100%;height:100%;pointer-events:none}
.sp .legend{display:flex;flex-wrap:wrap;gap:2px 14px;justify-content:center;font-size:13px}.sp .legend svg{width:20px;height:12px;margin-right:6px;vertical-align:-1px;fill:none;stroke:currentColor;stroke-width:2}
.sp .soft{color:var(--soft);font-size:13px}.sp .ball .soft{text-align:center;margin-top:4px}
.sp .loss{font-size:16px}
.sp .side table{display:table;border-collapse:collapse;color:var(--fg);font-size:13px}.sp .side table :is(th,td){padding:3px 8px 3px 0;border-bottom:1px solid #8885;text-align:left;font-weight:400}
.sp .side .now{width:100%}.sp .side :is(.now td+td,.cos :is(td,th)){text-align:right}.sp .side .now td:nth-child(2){font-weight:650;min-width:5.4em}.sp .side .now td:last-child{color:var(--soft);padding-right:2px}
.sp .side .cos :is(td,th){padding:3px 6px;min-width:3.4em}.sp .chart{display:block;width:100%;max-width:460px;font-size:11px}
.sp i{display:inline-block;width:.8em;height:.8em;border-radius:50%;margin-right:5px;vertical-align:-.05em}
.sp .panel{padding:12px 14px;background:var(--panel);border:1px solid #8885;border-radius:6px;display:grid;gap:10px}
.sp .bar{display:flex;flex-wrap:wrap;gap:8px;align-items:baseline}.sp .bar.apart{justify-content:space-between}.sp .knobs{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,290px),1fr));gap:4px 28px}
.sp .knobs label{display:grid;grid-template-columns:8.4em minmax(0,1fr) 2.8em;gap:8px;align-items:center;min-height:30px;margin:0}.sp .knobs select{grid-column:2/4}.sp output{text-align:right}
.sp :is(input,select,button){font:inherit;color:var(--fg);margin:0;min-width:0;accent-color:var(--hot)}
.sp :is(select,button,.chips label){background:var(--panel);border:1px solid var(--soft);border-radius:5px;padding:3px 10px;min-height:28px;cursor:pointer}
.sp button.main{background:var(--hot);border-color:var(--hot);color:var(--on);min-width:5em}
.sp .chips{display:flex;flex-wrap:wrap;gap:6px;flex:1 1 200px}.sp .chips label{position:relative;margin:0}.sp .chips input{position:absolute;inset:0;width:100%;height:100%;opacity:0;cursor:pointer}
.sp .chips label:has(:checked){border-color:var(--hot);box-shadow:inset 0 0 0 1px var(--hot);background:color-mix(in srgb,var(--hot) 14%,var(--panel))}.sp .chips label:has(:disabled){opacity:.6}
.sp :is(button,select,.stage,[type=range],[type=checkbox]):focus-visible,.sp .chips label:has(:focus-visible){outline:2px solid var(--hot);outline-offset:2px}
.sp .quiet{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@container (max-width:660px){.sp .whole{grid-template:"ball" auto "head" auto "panel" auto "side" auto/minmax(0,1fr)}.sp .side{margin-top:6px}}
`;
const esc = t => String(t).replace(/[&<>"]/g, ch => `&#${ch.charCodeAt(0)};`);
const slider = (k, text, lo, hi, by) => `<label><span>${text}</span><input type="range" data-k="${k}" min="${lo}" max="${hi}" step="${by}"><output></output></label>`;
const select = (k, text, options) => `<label><span>${text}</span><select data-k="${k}">${Object.entries(options).map(([v, t]) => `<option value="${v}">${t}</option>`).join("")}</select></label>`;
const glyph = (shape, text, more = "") => `<span${more}><svg viewBox="0 0 20 12" aria-hidden="true">${shape}</svg>${text}</span>`;
// radio buttons that look like chips; `id` keeps the groups of two figures on a page apart
const chips = (id, k, name, options) => `<div class="chips" role="radiogroup" aria-label="${name}">${Object.entries(options).map(([v, t]) => `<label><input type="radio" name="${k}${id}" data-k="${k}" value="${v}">${esc(t)}</label>`).join("")}</div>`;
const html = (id, titles) => `<style>${CSS}</style><div class="whole">
<div class="ball"><div class="stage" tabindex="0" role="group" aria-label="Unit sphere: arrow keys turn it, N and P choose an arrow or a point, Shift with arrow keys moves it, 0 resets the view"><canvas role="img" aria-label="Unit sphere"></canvas></div>
<p class="legend">${glyph('<circle cx="10" cy="6" r="4" fill="currentColor"/>', "feature")}${glyph('<circle cx="10" cy="6" r="5"/>', "class mean")}${glyph('<path d="M0 6h11"/><path d="M18 6l-8-4v8z" fill="currentColor" stroke="none"/>', "prototype")}${glyph('<path d="M0 6h20" stroke-dasharray="4 4"/>', "nearest simplex")}${glyph('<path d="M1 10a13 13 0 0 1 18 0" stroke-width="3"/>', "orthant", ' class="corner"')}</p>
<p class="soft"><span data-m="free">Drag a feature or a prototype to move it, anything else to turn.</span><span data-m="measured">Drag to turn. Faint: behind.</span></p></div>
<div class="head"><p class="loss"></p><p class="soft note"></p></div>
<div class="panel"><div class="bar apart">${chips(id, "mode", "Shown", {free: "Free points", measured: "Measured runs"})}<span class="bar" data-m="free"><button class="main" data-b="play">Play</button><button data-b="step">Step</button><button data-b="reset">Reset</button><button data-b="fresh">New start</button></span></div>
<div class="bar" data-m="free">Loss ${chips(id, "loss", "Loss", LOSSES)}</div><div class="bar" data-m="measured">Run ${chips(id, "run", "Run", titles)}</div>
<div class="knobs" data-m="free">${slider("tau", "Temperature τ", 0.05, 1, 0.05)}${slider("rate", "Learning rate", 0.02, 1, 0.02)}${slider("fraction", "Batch fraction", 0.1, 1, 0.1)}${slider("per_class", "Points per class", 5, 40, 1)}${select("classes", "Classes", {2: 2, 3: 3, 4: 4})}${select("imbalance", "Smallest class", {1: "as large", 0.1: "a tenth"})}</div>
<label data-m="free"><input type="checkbox" data-k="non_negative"> Non-negative features, as behind a ReLU</label>
<div class="knobs" data-m="measured">${slider("frame", "Training step", 0, 0, 1)}<span><button data-b="free">Let these points go</button></span></div></div>
<div class="side"><table class="now"></table><div><p class="soft">Spread by step. <span data-m="free">Grey: earlier descents</span><span data-m="measured">Grey: the other runs</span></p><svg class="chart" viewBox="0 0 340 126" role="img"></svg></div><div><p class="soft">Cosines of class means</p><table class="cos"></table></div></div>
</div><div class="quiet" role="status"></div>`;
const num = (v, d = 3) => (v < 0 ? "−" : "") + (v === 0 ? "0" : abs(v) < 5e-4 ? abs(v).toExponential(1).replace("-", "−") : abs(v).toFixed(d)), plain = (v, d = 2) => (v < 0 && +v.toFixed(d) ? "−" : "") + abs(v).toFixed(d);
const AT_REST = {mode: "free", loss: "nonl", classes: 4, per_class: 20, tau: 0.5, fraction: 1, imbalance: 1, non_negative: false, rate: 0.1, seed: 1, run: 0, frame: 0};
const GAUGES = ["nc1", "equinorm", "equiangular", "nc3", "nc4", "er_inter"];

export function mount(model, el) {
	const root = document.createElement("div"), abort = new AbortController(), pick = {...AT_REST};
	const runs = (model.get("runs") ?? []).map(r => ({...r, y: [...decode(r.labels)], U: unfold(decode(r.features)), W: unfold(decode(r.prototypes)), G: decode(r.gauges), V: decode(r.values), cos: decode(r.cosines), kept: decode(r.kept)}));
	root.className = "sp"; root.innerHTML = html(Math.random().toString(36).slice(2), runs.map(r => r.title)); el.append(root);
	const $ = q => root.querySelector(q), all = q => [...root.querySelectorAll(q)], key = k => $(`[data-k=${k}]`), canvas = $("canvas"), stage = $(".stage");
	const on = (target, names, fn, more) => names.split(" ").forEach(name => target.addEventListener(name, fn, {signal: abort.signal, ...more}));
	const still = matchMedia("(prefers-reduced-motion: reduce)");
	const HOME = [0.94, 0, -0.342, -0.117, 0.94, -0.321, 0.321, 0.342, 0.883];
	let s, view = [...HOME], now, held = null, chosen = null, playing = false, queued = false, palette = LIGHT, dark, mine = false, visible = true, at = 0, ideal = null, trails = [];

	const counts = () => range(pick.classes).map(c => max(2, round(pick.per_class * pick.imbalance ** (c / (pick.classes - 1)))));
	const options = () => ({loss: pick.loss, tau: pick.tau, rate: pick.rate, fraction: pick.fraction, nonNegative: pick.non_negative});
	// points given by Python, or a start from the seed
	function given() {
		const [U, W, y] = ["features", "prototypes", "labels"].map(k => decode(model.get(k)));
		return U && W && y && U.length === 3 * y.length ? {U: Float64Array.from(U), W: Float64Array.from(W), y: [...y], K: W.length / 3, t: 0} : null;
	}
	function begin(from, keep) {
		s = from ?? start(counts(), pick.seed, pick.non_negative);
		if (!keep) trails = [];
		adapt(!from); trail(); chosen = held = null; redraw();
	}
	// the points under what the reader has chosen
	function adapt(fresh) {
		const other = s.loss !== pick.loss;
		Object.assign(s, options());
		if (s.nonNegative) s.U.forEach((x, i) => {s.U[i] = abs(x)});
		if (s.loss === "dot_regression" && fresh && s.K < 5) s.W.set(nearestEtf(means(s.U, s.y, s.K).unit, s.K));
		carry(s);
		return other;
	}
	// a new line in the chart, beside the last three
	function trail() {trails = [...trails.filter(l => l.at.length > 1).slice(-3), {name: LOSSES[s.loss], at: [[s.t, gauges(s).nc1]]}]}
	const measured = () => pick.mode === "measured" && runs.length > 0;
	function shown() {
		if (!measured()) return s;
		const r = runs[pick.run], f = pick.frame, K = r.classes, N = r.y.length;
		return {U: r.U.subarray(3 * N * f, 3 * N * (f + 1)), W: r.W.subarray(3 * K * f, 3 * K * (f + 1)), y: r.y, K, loss: r.loss};
	}

	// --- the loop: a step a frame while playing, unless nothing moves
	function redraw() {if (!queued) {queued = true; requestAnimationFrame(frame)}}
	function frame() {
		queued = false;
		if (abort.signal.aborted) return;
		const busy = playing && !measured();
		if (busy && visible) {step(s); pin()}
		paint(); describe(busy);
		if (busy && visible && (s.moved > 1e-9 || held)) redraw();
	}
	function pin() {if (held?.p) put(held, held.p)}
	function put({X, i, kind}, p) {
		if (kind === "point" && pick.non_negative) p = p.map(v => max(v, 0));
		const r = hypot(...p);
		if (r > 1e-9) p.forEach((v, k) => {X[3 * i + k] = v / r});
		carry(s);
	}
	function play(go) {playing = go; $("[data-b=play]").textContent = go ? "Pause" : "Play"; if (!go) {say(); tell()} redraw()}

	// --- drawing
	function items() {
		const d = shown(), m = means(d.U, d.y, d.K), list = [];
		now = d; ideal = d.K < 5 && d.K > 1 ? nearestEtf(m.unit, d.K) : null;
		d.y.forEach((c, i) => list.push({kind: "point", X: d.U, i, c}));
		for (let c = 0; c < d.K; c++) list.push({kind: "arrow", X: d.W, i: c, c}, {kind: "ring", X: m.unit, i: c, c});
		list.forEach(o => {[o.x, o.y, o.z] = [0, 1, 2].map(r => dot(view, r, o.X, o.i))});
		return list.sort((a, b) => a.z - b.z);
	}
	const size = () => {const w = stage.clientWidth, h = stage.clientHeight; return {w, h, R: min(0.44 * min(w, h), min(w, h) / 2 - 30)}};
	function paint() {
		const list = items(), {w, h, R} = size(), ratio = min(2, devicePixelRatio || 1), g = canvas.getContext("2d");
		if (R < 4) return;   // no size yet, or hidden: the observer draws once there is one
		if (canvas.width !== round(w * ratio) || canvas.height !== round(h * ratio)) {canvas.width = round(w * ratio); canvas.height = round(h * ratio)}
		g.setTransform(ratio, 0, 0, ratio, w / 2 * ratio, h / 2 * ratio); g.clearRect(-w, -h, 2 * w, 2 * h);
		const ink = dark ? "#e6edf3" : "#1c2128", paper = dark ? "#0d1117" : "#fff";
		const disc = (x, y, r) => {g.beginPath(); g.arc(x, y, r, 0, 7)}, shade = g.createRadialGradient(-0.35 * R, -0.4 * R, 0.1 * R, 0, 0, R);
		[dark ? "#2b3645" : "#fdfefe", dark ? "#1b2330" : "#eef2f5", dark ? "#131922" : "#d8dfe5"].forEach((c, i) => shade.addColorStop(i / 2, c));
		disc(0, 0, R); g.fillStyle = shade; g.fill(); g.strokeStyle = ink; g.globalAlpha = 0.35; g.lineWidth = 1; g.stroke();
		const line = (points, width, alpha, hidden) => {
			for (let i = 1; i < points.length; i++) {
				const [a, b] = [points[i - 1], points[i]].map(p => [0, 1, 2].map(r => dot(view, r, p, 0)));
				g.globalAlpha = a[2] + b[2] < 0 ? alpha * hidden : alpha; g.lineWidth = width;
				g.beginPath(); g.moveTo(R * a[0], -R * a[1]); g.lineTo(R * b[0], -R * b[1]); g.stroke();
			}
		};
		// three great circles; in the orthant, only the quarters that bound it, heavier
		for (let k = 0; k < 3; k++) {
			const arc = (n, part) => range(n + 1).map(i => {const p = [0, 0, 0]; p[k] = cos(part * i / n); p[(k + 1) % 3] = sin(part * i / n); return p});
			line(arc(72, 2 * Math.PI), 1, 0.16, 0.5);
			if (pick.non_negative && !measured()) line(arc(18, Math.PI / 2), 2.5, 0.6, 0.5);
		}
		g.setLineDash([5, 5]);
		if (ideal) for (let a = 0; a < now.K; a++) for (let b = 0; b < a; b++) line([ideal.slice(3 * a, 3 * a + 3), ideal.slice(3 * b, 3 * b + 3)], 1.2, 0.5, 1);
		g.setLineDash([]);
		for (const o of list) {
			const x = R * o.x, y = -R * o.y, back = o.z < 0, alpha = back ? 0.5 : 1, grow = 1 + 0.2 * o.z;
			g.globalAlpha = alpha; g.fillStyle = palette[o.c]; g.strokeStyle = paper; g.lineWidth = 1;
			if (o.kind === "point") {disc(x, y, 4.3 * grow); g.fill(); g.stroke()}
			if (o.kind === "ring") {
				disc(x, y, 9.5 * grow); g.lineWidth = 4.5; g.stroke(); g.strokeStyle = palette[o.c]; g.lineWidth = 2.4; g.stroke();
				const r = hypot(x, y) || 1, k = 22; g.globalAlpha = back ? 0.75 : 1; g.fillStyle = ink; g.font = "650 14px system-ui,sans-serif"; g.textAlign = "center"; g.textBaseline = "middle"; g.strokeStyle = paper; g.lineWidth = 3; g.strokeText(o.c, x + k * x / r, y + k * y / r); g.fillText(o.c, x + k * x / r, y + k * y / r);
			}
			if (o.kind === "arrow") {
				const r = hypot(x, y), turn = Math.atan2(y, x), tip = min(13, r);
				for (const [width, colour] of [[5.5, paper], [3, palette[o.c]]]) {g.strokeStyle = colour; g.lineWidth = width; g.beginPath(); g.moveTo(0, 0); g.lineTo(x * (1 - tip / (r || 1)), y * (1 - tip / (r || 1))); g.stroke()}
				g.save(); g.translate(x, y); g.rotate(turn); g.beginPath(); g.moveTo(2, 0); g.lineTo(-tip, 6.5); g.lineTo(-tip, -6.5); g.closePath(); g.strokeStyle = paper; g.lineWidth = 1.5; g.stroke(); g.fill(); g.restore();
			}
			if (chosen && o.X === chosen.X && o.i === chosen.i) {disc(x, y, 14); g.globalAlpha = 1; g.strokeStyle = ink; g.lineWidth = 2; g.stroke()}
		}
		g.globalAlpha = 1;
	}

	// --- words and numbers
	const balanced = () => new Set(range(s.K).map(c => s.y.filter(v => v === c).length)).size === 1;
	function numbers() {
		const {K} = now, r = runs[pick.run], f = pick.frame;
		if (measured()) return {
			...Object.fromEntries(GAUGES.map((k, i) => [k, r.G[6 * f + i]])), cosines: r.cos ? [...r.cos.subarray(K * K * f, K * K * (f + 1))] : gauges(now).cosines, value: r.V?.[f], floor: null, w: 0, spread: r.dim ? K - 1 : min(K - 1, 3),
			note: r.dim ? `Projection of ${r.dim} dimensions, keeps ${(100 * r.kept[f]).toFixed(0)} % of the squared length. Gauges and cosines are those of all ${r.dim}.` : "",
		};
		const even = balanced(), carried = CARRIED.includes(s.loss), fits = K <= 3 && s.loss !== "dot_regression", known = even && (!s.nonNegative || fits), w = !s.nonNegative || carried ? 0 : known ? orthantClass(K) : null;
		return {
			...gauges(s), value: loss(s), floor: known ? (s.nonNegative ? orthantFloor : floor)(s.loss, K, s.y.length, s.tau) : null, w, spread: min(K - 1, 3),
			note: !even ? "Classes of unequal size: no closed form is known here." : !s.nonNegative ? "" : !known ? (K > 3 ? "Four orthogonal axes do not fit in three dimensions: no closed form here." : "The fixed simplex has negative coordinates: no closed form here.") :
				"Non-negative features end orthogonal" + (w ? `, and prototypes stay w_class = 2(1 − √(${K - 1}/${K})) = ${plain(w, 3)} away.` : "."),
		};
	}
	let last = {};
	const cell = (tag, v, more = "") => `<${tag}${more}>${v}</${tag}>`, row = (...cells) => cell("tr", cells.join(""));
	const moment = () => measured() ? `training step ${runs[pick.run].steps[pick.frame].toLocaleString("en")}` : `step ${s.t}`;
	function describe(busy) {
		const n = last = numbers(), K = now.K, name = measured() ? runs[pick.run].title : LOSSES[s.loss];
		$(".loss").innerHTML = `<b>${esc(name)}</b>, ${moment()}` + (n.value == null ? "" : `<br>loss <b>${plain(n.value, 4)}</b>` + (n.floor == null ? (measured() ? "" : ", no closed-form floor") : `, floor ${plain(n.floor, 4)}, above it <b>${num(max(n.value - n.floor, 0) < 1e-12 ? 0 : n.value - n.floor, 4)}</b>`));
		$(".note").textContent = n.note;
		const rows = [["spread", "within over between classes", n.nc1, 0], ["NC2", "unequal lengths of means", n.equinorm, 0], ["NC2", "angles off the frame", n.equiangular, 0], ["NC3", "weights to means", n.nc3, n.w], ["NC4", "nearer to another mean", n.nc4, 0], ["rank", "directions of the means", n.er_inter, n.spread]];
		$(".now").innerHTML = row(cell("td", "Gauge"), cell("td", "now"), cell("td", "ideal")) + rows.map(([k, t, v, goal]) => row(cell("td", `<b>${k}</b> ${t}`), cell("td", num(v)), cell("td", goal == null ? "none" : goal % 1 ? goal.toFixed(3) : goal))).join("");
		const disc = c => `<i style="background:${palette[c]}"></i>${c}`;
		$(".cos").innerHTML = row(cell("td", ""), ...range(K).map(c => cell("th", disc(c), ' scope="col"'))) +
			range(K).map(a => row(cell("th", disc(a), ' scope="row"'), ...range(K).map(b => {const v = n.cosines[a * K + b]; return cell("td", plain(v), ` style="background:rgba(${v < 0 ? "0,114,178" : "230,159,0"},${(0.3 * abs(v)).toFixed(2)})"`)}))).join("");
		chart(n);
		if (!busy || performance.now() - at > 500) {at = performance.now(); canvas.ariaLabel = words(n)}
	}
	// spread by step, both logarithmic: the last few descents, or the measured runs with as many dimensions
	function chart(n) {
		const here = trails.at(-1).at, r = runs[pick.run];
		if (!measured()) {
			if (here.at(-1)[0] === s.t || here.length > 1 && s.t < 1.04 * here.at(-2)[0]) here.pop();
			here.push([s.t, n.nc1]);
		}
		const lines = measured() ? runs.filter(q => q.dim === r.dim).map(q => ({name: q.title.replace(/ in \d+ dimensions$/, ""), at: q.steps.map((t, f) => [t, q.G[6 * f]]), main: q === r})) : trails.map((l, i) => ({...l, main: i === trails.length - 1}));
		const end = max(10, ...lines.flatMap(l => l.at.map(p => p[0]))), x = t => 34 + 172 * log1p(t) / log1p(end), y = v => 8 + 96 * min(1, max(0, (1.5 - log(v) / log(10)) / 7.5));
		const text = (u, v, t, more = "") => `<text x="${u.toFixed(1)}" y="${v.toFixed(1)}" fill="currentColor" ${more}>${t}</text>`, rule = d => `<path d="${d}" stroke="#8885"/>`;
		const ends = lines.map(l => ({...l, u: x(l.at.at(-1)[0]) + 6, v: y(l.at.at(-1)[1])})).sort((a, b) => a.v - b.v);
		ends.forEach((e, i) => {if (i) e.v = max(e.v, ends[i - 1].v + 12)});
		[...ends].reverse().forEach((e, i) => {e.v = min(e.v, 104 - 12 * i)});
		const [t, v] = measured() ? [r.steps[pick.frame], n.nc1] : here.at(-1);
		$(".chart").innerHTML = [[1, "1"], [1e-3, "10⁻³"], [1e-6, "10⁻⁶"]].map(([v, name]) => rule(`M34 ${y(v)}H206`) + text(29, y(v) + 4, name, 'text-anchor="end"')).join("") +
			[...[0, 10, 100, 1000].filter(t => t < end / 3), round(end)].map(t => rule(`M${x(t)} 8V104`) + text(x(t), 120, t, 'text-anchor="middle"')).join("") +
			lines.map(l => `<polyline points="${l.at.map(([t, v]) => `${x(t).toFixed(1)},${y(v).toFixed(1)}`).join(" ")}" fill="none" stroke="${l.main ? "var(--hot)" : "var(--soft)"}" stroke-width="${l.main ? 2.5 : 1.2}"/>`).join("") +
			`<circle cx="${x(t)}" cy="${y(v)}" r="4" fill="var(--hot)"/>` + ends.map(e => text(e.u, e.v + 4, esc(e.name), e.main ? 'font-weight="650"' : "")).join("");
		$(".chart").ariaLabel = "Spread by step. Last: " + ends.map(e => `${e.name} ${num(e.at.at(-1)[1])}`).join(", ");
	}
	const words = n => `Unit sphere with ${now.y.length} points of ${now.K} classes, ${measured() ? runs[pick.run].title : LOSSES[s.loss]}, ${moment()}. ` + (n.value == null ? "" : `Loss ${plain(n.value, 3)}${n.floor == null ? "" : `, floor ${plain(n.floor, 3)}`}. `) +
		`Spread ${num(n.nc1)}, NC2 angles ${num(n.equiangular)}, NC3 ${num(n.nc3)}, NC4 ${num(n.nc4)}.${n.note && ` ${n.note}`}`;
	const say = () => {if (now) $(".quiet").textContent = words(last)};

	// --- the reader
	const rows3 = X => range(X.length / 3).map(i => [...X.subarray(3 * i, 3 * i + 3)]);
	function save(values) {mine = true; for (const k in values) model.set(k, values[k]); mine = false; model.save_changes?.()}
	const tell = () => {if (!measured()) save({features: rows3(s.U), prototypes: rows3(s.W), labels: [...s.y]})};
	const forget = () => save({features: null, prototypes: null, labels: null});
	function controls() {
		const kind = measured() ? "measured" : "free";
		all("[data-m]").forEach(e => {e.hidden = e.dataset.m !== kind});
		$(".corner").hidden = measured() || !pick.non_negative;
		$("[value=measured]").disabled = !runs.length;
		if (runs.length) {key("frame").max = runs[pick.run].steps.length - 1; key("frame").ariaValueText = `training step ${runs[pick.run].steps[pick.frame]}`}
		all("[data-k]").forEach(e => {
			const k = e.dataset.k, v = k === "mode" ? kind : pick[k], shown = e.nextElementSibling;
			if (e.type === "radio") e.checked = e.value === String(v); else if (e.type === "checkbox") e.checked = v; else e.value = v;
			if (shown) shown.value = k !== "frame" ? +v.toFixed(2) : runs.length ? runs[pick.run].steps[v].toLocaleString("en") : "";
		});
	}
	function change(k, v) {
		pick[k] = v; save({[k]: v});
		if (k === "run") pick.frame = min(pick.frame, runs[v].steps.length - 1);
		if (["classes", "per_class", "imbalance"].includes(k)) {forget(); begin()} else if (!["mode", "run", "frame"].includes(k) && adapt(k === "loss")) trail();
		chosen = null; controls(); redraw(); requestAnimationFrame(() => {if (!playing || measured()) say()});
	}
	on(root, "input", ({target: e}) => change(e.dataset.k, e.type === "checkbox" ? e.checked : typeof AT_REST[e.dataset.k] === "number" ? +e.value : e.value));
	const press = {
		play: () => play(!playing), step: () => {if (playing) play(false); step(s); paint(); describe(); say(); tell()}, reset: () => {forget(); begin(null, true)}, fresh: () => {forget(); pick.seed++; save({seed: pick.seed}); begin()},
		free: () => {const {U, W, y, K} = shown(); if (LOSSES[runs[pick.run].loss]) pick.loss = runs[pick.run].loss; pick.classes = K; pick.mode = "free"; begin({U: Float64Array.from(U), W: Float64Array.from(W), y: [...y], K, t: 0}); save({mode: "free", loss: pick.loss, classes: K}); controls(); tell()},
	};
	all("[data-b]").forEach(b => on(b, "click", press[b.dataset.b]));
	function turn(dx, dy) {
		const [cx, sx, cy, sy] = [cos(dx), sin(dx), cos(dy), sin(dy)], [a, b, c] = [0, 1, 2].map(r => view.slice(3 * r, 3 * r + 3));
		const a2 = a.map((v, k) => cx * v + sx * c[k]), c2 = c.map((v, k) => cx * v - sx * a[k]), b2 = b.map((v, k) => cy * v + sy * c2[k]), c3 = c2.map((v, k) => cy * v - sy * b[k]);
		view = [...a2, ...b2, ...c3]; redraw();
	}
	// where a place of the canvas lies on the sphere, on the near or the far side
	function place(e, far) {
		const r = stage.getBoundingClientRect(), {w, h, R} = size();
		let x = (e.clientX - r.left - w / 2) / R, y = -(e.clientY - r.top - h / 2) / R;
		const q = hypot(x, y);
		if (q > 1) {x /= q; y /= q}
		const z = sqrt(max(0, 1 - x * x - y * y)) * (far ? -1 : 1);
		return [0, 1, 2].map(k => view[k] * x + view[3 + k] * y + view[6 + k] * z);
	}
	const movable = o => o.kind === "point" || (o.kind === "arrow" && !CARRIED.includes(s.loss));
	function under(e) {
		if (measured()) return null;
		const r = stage.getBoundingClientRect(), {w, h, R} = size(), reach = e.pointerType === "touch" ? 22 : 12;
		const near = items().filter(movable).map(o => [hypot(e.clientX - r.left - w / 2 - R * o.x, e.clientY - r.top - h / 2 + R * o.y) + (o.z < 0 ? 8 : 0), o]).filter(([d]) => d < reach);
		return near.sort((a, b) => a[0] - b[0])[0]?.[1];
	}
	let from = null;
	on(stage, "pointerdown", e => {
		if (e.button || from) return;
		stage.setPointerCapture(e.pointerId); from = e; held = under(e); chosen = held;
	});
	on(stage, "pointermove", e => {
		if (!from) {stage.style.cursor = under(e) ? "pointer" : "grab"; return}
		if (e.pointerId !== from.pointerId) return;
		if (held) {held.p = place(e, held.z < 0); pin(); redraw()} else turn((e.clientX - from.clientX) / size().R, (e.clientY - from.clientY) / size().R);
		from = e;
	});
	on(stage, "pointerup pointercancel", e => {
		if (from?.pointerId !== e.pointerId) return;
		const moved = held?.p;
		from = held = null;
		if (moved) {tell(); redraw()}
	});
	const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
	on(stage, "keydown", e => {
		const d = ARROWS[e.key], letter = e.key.toLowerCase();
		if (e.ctrlKey || e.metaKey || e.altKey) return;
		if (d && e.shiftKey && chosen && !measured()) {
			put(chosen, [0, 1, 2].map(k => chosen.X[3 * chosen.i + k] + 0.1 * (d[0] * view[k] - d[1] * view[3 + k]))); tell(); redraw();
		} else if (d) turn(0.1 * d[0], 0.1 * d[1]); else if (e.key === "0") {view = [...HOME]; redraw()} else if ("np".includes(letter) && letter && !measured()) {
			const list = items().filter(movable).sort((a, b) => (a.kind > b.kind) - (a.kind < b.kind) || a.i - b.i), k = chosen ? list.findIndex(o => o.X === chosen.X && o.i === chosen.i) : -1;
			chosen = list[(k + (letter === "n" ? 1 : list.length - (k >= 0))) % list.length]; redraw(); $(".quiet").textContent = `${chosen.kind} ${chosen.i} of class ${chosen.c}`;
		} else return;
		e.preventDefault();
	});

	// --- surroundings: dark or light as the text around it; changes made in Python
	function theme() {
		const was = dark;
		dark = getComputedStyle(el).color.match(/[\d.]+/g)?.[1] > 127; palette = dark ? DARK : LIGHT; root.toggleAttribute("data-dark", dark);
		if (was !== dark) redraw();
	}
	const watch = new MutationObserver(() => {theme(); setTimeout(theme, 400)}), resized = new ResizeObserver(() => {theme(); redraw()}), seen = new IntersectionObserver(([e]) => {visible = e.isIntersecting; if (visible) redraw()});
	for (const e of [document.documentElement, document.body]) watch.observe(e, {attributes: true});
	on(matchMedia("(prefers-color-scheme: dark)"), "change", theme);
	const CHOICES = Object.keys(AT_REST), DATA = ["features", "prototypes", "labels"];
	function read() {
		for (const k of CHOICES) pick[k] = model.get(k) ?? pick[k];
		pick.run = min(max(0, pick.run), max(0, runs.length - 1)); pick.frame = min(max(0, pick.frame), runs.length ? runs[pick.run].steps.length - 1 : 0);
	}
	const follow = () => {if (!mine) {read(); if (adapt(s.loss !== pick.loss)) trail(); controls(); redraw()}};
	const replace = () => {if (!mine) {read(); begin(given()); controls()}};
	const heard = [...CHOICES, ...DATA].map(k => [`change:${k}`, ["classes", "per_class", "imbalance", "seed", ...DATA].includes(k) ? replace : follow]);
	heard.forEach(([k, f]) => model.on?.(k, f));
	read(); theme(); begin(given()); controls(); paint(); describe(); resized.observe(stage); seen.observe(stage);
	if (!still.matches && !measured() && (model.get("playing") ?? false)) play(true);

	return root.figure = {
		get state() {return s}, get view() {return view}, get playing() {return playing}, get numbers() {return last}, get ideal() {return ideal}, get shown() {return now},
		// where things are drawn, in pixels of the window
		places: () => {const r = stage.getBoundingClientRect(), {w, h, R} = size(); return items().map(o => ({kind: o.kind, i: o.i, z: o.z, x: r.left + w / 2 + R * o.x, y: r.top + h / 2 - R * o.y}))},
		settled: () => new Promise(ok => requestAnimationFrame(() => requestAnimationFrame(ok))),
		destroy() {abort.abort(); [watch, resized, seen].forEach(o => o.disconnect()); heard.forEach(([k, f]) => model.off?.(k, f)); root.remove()},
	};
}

export default {render({model, el}) {const figure = mount(model, el); return () => figure.destroy()}};
