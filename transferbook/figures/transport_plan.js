// Two routes' errors by the number of target samples, and a transport plan between two clouds of points that you can pull at.
// First the arithmetic, exported and compared with Python; then the figure.

const {abs, exp, hypot, log, max, min, round, ceil} = Math, range = n => Array.from({length: n}, (_, i) => i), sum = a => a.reduce((s, v) => s + v, 0);
// {dtype, shape, b64} as lists, in rows when it has two axes; anything else as it is
export function decode(a) {
	if (!a?.b64) return a;
	const flat = [...new globalThis[a.dtype[0].toUpperCase() + a.dtype.slice(1) + "Array"](Uint8Array.from(atob(a.b64), c => c.charCodeAt(0)).buffer)], [n, k] = a.shape;
	return k ? range(n).map(i => flat.slice(i * k, i * k + k)) : flat;
}

// --- transport: X [n][k] and Y [m][k] are lists of points of equal weight, matrices [n*m] go row by row
export const cost = (X, Y) => Float64Array.from(X.flatMap(x => Y.map(y => x.reduce((s, v, k) => s + (v - y[k]) ** 2, 0))));
// row by row, along the shortest path of exchanges by the reduced costs C - u - v
export function assign(C, n) {
	const u = new Float64Array(n), v = new Float64Array(n), column = Array(n).fill(-1), row = Array(n).fill(-1);
	for (let first = 0; first < n; first++) {
		const far = new Float64Array(n).fill(Infinity), from = new Int32Array(n), done = new Uint8Array(n);
		let i = first, reach = 0, j;
		for (;;) {
			j = -1;
			for (let k = 0; k < n; k++) if (!done[k]) {
				const way = reach + C[i * n + k] - u[i] - v[k];
				if (way < far[k]) {far[k] = way; from[k] = i}
				if (j < 0 || far[k] < far[j]) j = k;
			}
			reach = far[j]; done[j] = 1;
			if (row[j] < 0) break;
			i = row[j];
		}
		u[first] += reach;
		for (let k = 0; k < n; k++) if (done[k] && k !== j) {u[row[k]] += reach - far[k]; v[k] -= reach - far[k]}
		do {i = from[j]; row[j] = i; [column[i], j] = [j, column[i]]} while (i !== first);
	}
	return column;
}
// largest summed deviation of the rows or of the columns from equal weights, and the cost
function measure(plan, C, n, m) {
	const r = new Float64Array(n).fill(-1 / n), c = new Float64Array(m).fill(-1 / m), off = a => a.reduce((s, v) => s + abs(v), 0);
	let cost = 0;
	plan.forEach((w, k) => {r[k / m | 0] += w; c[k % m] += w; cost += w * C[k]});
	return {marginal: max(off(r), off(c)), cost};
}
// scalings u, v of a kernel K; what they learn goes into the potentials f, g before it overflows, and e comes down to eps in steps
export function sinkhorn(C, n, m, eps, {tol = 1e-6, steps = 2000} = {}) {
	const [f, u, sums] = range(3).map(() => new Float64Array(n)), [g, v] = range(2).map(() => new Float64Array(m)), K = new Float64Array(n * m);
	let e = C.reduce((s, x) => max(s, x), eps), used = 0;
	// a half step in logarithms
	function soft(h, other, at) {
		for (let i = 0; i < h.length; i++) {
			let top = -Infinity, s = 0;
			for (let j = 0; j < other.length; j++) top = max(top, (other[j] - C[at(i, j)]) / e);
			for (let j = 0; j < other.length; j++) s += exp((other[j] - C[at(i, j)]) / e - top);
			h[i] = -e * (log(h.length) + top + log(s));
		}
	}
	const kernel = () => {for (let k = 0; k < n * m; k++) K[k] = exp((f[k / m | 0] + g[k % m] - C[k]) / e)};
	function renew() {soft(f, g, (i, j) => i * m + j); soft(g, f, (j, i) => i * m + j); kernel(); u.fill(1); v.fill(1); used++}
	function absorb() {u.forEach((x, i) => {f[i] += e * log(x)}); v.forEach((x, j) => {g[j] += e * log(x)})}
	// both half steps; false when a scaling grows out of hand
	function pair() {
		const put = (h, i, s) => s > 1e-40 && s < 1e40 && (h[i] = s);
		for (let i = 0; i < n; i++) if (!put(u, i, 1 / n / sums[i])) return false;
		for (let j = 0; j < m; j++) {
			let s = 0;
			for (let i = 0; i < n; i++) s += K[i * m + j] * u[i];
			if (!put(v, j, 1 / m / s)) return false;
		}
		return ++used;
	}
	function gap() {
		let off = 0;
		for (let i = 0; i < n; i++) {let s = 0; for (let j = 0; j < m; j++) s += K[i * m + j] * v[j]; sums[i] = s; off += abs(u[i] * s - 1 / n)}
		return off;
	}
	for (;; e = max(eps, e / 4)) {
		const last = e === eps, most = last ? steps : min(steps, used + 40);
		renew();
		while (gap() > (last ? tol : .01) && used < most) if (!pair()) {absorb(); renew()}
		absorb();
		if (last) break;
	}
	kernel();
	return {plan: K, steps: used, ...measure(K, C, n, m)};
}
export function solve(X, Y, eps) {
	const n = X.length, m = Y.length, C = cost(X, Y), exact = n === m;
	if (!exact) return {...sinkhorn(C, n, m, eps * sum(C) / n / m || 1), exact};
	const plan = new Float64Array(n * n);
	assign(C, n).forEach((j, i) => {plan[i * n + j] = 1 / n});
	return {plan, exact, ...measure(plan, C, n, m)};
}
// for each target point the plan's mean of what its source points hold
export const carry = (plan, n, m, values) => range(m).map(j => sum(range(n).map(i => plan[i * m + j] * values[i])) / sum(range(n).map(i => plan[i * m + j])));
export function images(plan, n, m, X) {
	const axes = X[0].map((_, k) => carry(plan, n, m, X.map(x => x[k])));
	return range(m).map(j => axes.map(a => a[j]));
}
// the first m target points, sheared and spread about their mean; and the list in which point j is shown at z
const total = Y => [0, 1].map(k => sum(Y.map(y => y[k])));
export function shown({target, m, shear, spread}) {
	const Y = target.slice(0, m), [cx, cy] = total(Y).map(s => s / m);
	return Y.map(([x, y]) => [cx + spread * (x - cx + shear * (y - cy)), cy + spread * (y - cy)]);
}
export function stored({target, m, shear, spread}, j, z) {
	const [rx, ry] = total(target.slice(0, m)).map((s, k) => s - target[j][k]), free = 1 - spread, same = spread + free / m, lean = spread * shear;
	const y = (z[1] - free * ry / m) / same, x = (z[0] - (free * rx - lean * ry) / m - lean * (1 - 1 / m) * y) / same;
	return target.map((t, i) => i === j ? [x, y] : [...t]);
}

// --- rates: exponents of the error in the number m of target samples
export const exponents = ({alpha, p, d}) => ({transfer: (alpha + 1) / d, direct: p / d, map: min(1 / 2, (alpha + 1) / (2 * alpha + d)), regression: p / (2 * p + d)});
const valid = (s, e = exponents(s)) => s.noise ? {transfer: e.map, direct: e.regression} : {transfer: e.transfer, direct: e.direct};
export function crossover(s) {
	const {transfer, direct} = valid(s);
	return abs(transfer - direct) < 1e-12 ? null : s.ratio ** (1 / (transfer - direct));
}
export const needed = (error, exponent, constant) => (constant / error) ** (1 / exponent);
export const count = v => v > 1e9 ? "more than a billion" : (v <= 1 ? 1 : v < 100 ? ceil(v - 1e-9) : +v.toPrecision(2)).toLocaleString("en-GB");

// --- the figure
const LEFT = 10, RIGHT = 1e5, LOW = .005, HIGH = 3;   // of the plot
// label, least, most, step, number of steps by factors
const KNOBS = {
	alpha: ["Law smoothness α", 0, 3, .1], p: ["Target smoothness p", .1, 4, .1], d: ["Dimension d", 1, 12, 1], ratio: ["Constants C<sub>T</sub> / C<sub>D</sub>", .1, 10, 1, 40], error: ["Error wanted", .02, .9, .01],
	m: ["Target points m", 2, 60, 1], shear: ["Shear", -1, 1, .05], spread: ["Spread", .3, 2, .05], eps: ["ε / mean cost", .005, 1, 1, 46],
};
const AT_REST = {alpha: 1, p: 1, d: 8, ratio: 1, error: .2, noise: 0, overlay: 0, m: 50, shear: 0, spread: 1, eps: .05}, PLAN = ["m", "shear", "spread", "eps"];
const CSS = `.tp{container-type:inline-size;font:14px/1.45 system-ui,sans-serif;font-variant-numeric:tabular-nums;color:var(--fg);--fg:#1c2128;--soft:#57606a;--hot:#005a9c;--t:#0072b2;--d:#b54b00;--panel:#f6f8fa;--line:#8886}
.tp[data-dark]{--fg:#e6edf3;--soft:#a9b4c0;--hot:#7cc4f5;--t:#56b4e9;--d:#f08a3c;--panel:#161c24;color-scheme:dark}
.tp *{box-sizing:border-box}.tp p{margin:0}.tp [hidden]{display:none}.tp-parts{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:24px 32px;align-items:start}.tp :is(.tp-part,.tp-box){display:grid;gap:8px;grid-template-columns:minmax(0,1fr)}
.tp svg{display:block;width:100%}.tp-plot text{fill:currentColor;font-size:12px}.tp-plane{border:1px solid var(--line);border-radius:6px;user-select:none}
.tp-hit{fill:transparent;touch-action:none;cursor:grab}
.tp-legend{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,175px),1fr));gap:0 12px;font-size:13px}.tp-legend>span{display:flex;gap:7px;align-items:center}.tp .tp-legend svg{flex:none;width:26px;height:14px;fill:none;stroke:currentColor}.tp :is(sup,sub){line-height:0}
.tp .tp-box{background:var(--panel);border-radius:6px;padding:8px 12px;gap:4px}.tp label{display:flex;gap:8px;align-items:center;min-height:28px;margin:0}.tp .tp-row{display:grid;grid-template-columns:minmax(0,11em) minmax(0,1fr) 3em}.tp-row b{text-align:right;font-weight:400}
.tp :is(input,button){margin:0;accent-color:var(--hot);font:inherit;color:var(--fg)}.tp [type=range]{width:100%;min-width:0;min-height:24px}.tp-bar{display:flex;flex-wrap:wrap;gap:8px 16px;justify-content:space-between}
.tp :is([type=number],button){background:none;border:1px solid var(--soft);border-radius:5px;padding:3px 10px}
.tp-say{min-height:4.4em}.tp-small{font-size:13px;color:var(--soft)}.tp-ramp{flex:0 60px;height:9px;background:linear-gradient(90deg,#0072b2,#e69f00)}.tp :focus-visible{outline:2px solid var(--hot);outline-offset:2px}
.tp-list{max-height:260px;overflow:auto}.tp table{width:100%;font-size:13px;color:var(--fg)}.tp table :is(th,td){text-align:right}.tp-quiet{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@container (max-width:700px){.tp-parts{grid-template-columns:minmax(0,1fr)}}`;
const row = k => {const [text, lo, hi, by, n] = KNOBS[k]; return `<label class="tp-row"><span>${text}</span><input type="range" data-k="${k}" min="${n ? 0 : lo}" max="${n || hi}" step="${by}"><b aria-hidden="true"></b></label>`};
const check = (k, text) => `<label><input type="checkbox" data-k="${k}"><span>${text}</span></label>`, key = (inner, text) => `<span><svg viewBox="0 0 26 14" aria-hidden="true">${inner}</svg><span>${text}</span></span>`;
const HTML = `<style>${CSS}</style><div class="tp-parts"><div class="tp-part"><p><strong>Which route has the smaller error?</strong></p>
<svg class="tp-plot" role="img" aria-label="Error by target samples"></svg><div class="tp-legend tp-keys"></div><div class="tp-say"><p><strong class="tp-need"></strong></p><p class="tp-wins"></p></div>
<div class="tp-box">${["alpha", "p", "d", "ratio", "error"].map(row).join("")}${check("noise", "Noisy or sampled data: textbook rates")}${check("overlay", "Show measured errors")}</div><p class="tp-small tp-note"></p></div>
<div class="tp-part"><p><strong>What does a plan carry over?</strong></p>
<div class="tp-plane" tabindex="0" role="group" aria-label="Arrow keys move the chosen target point, N and P choose another"><svg viewBox="0 0 400 400" role="img" aria-label="Source and target points" stroke="currentColor"><g class="tp-mass"></g><path class="tp-arrows" stroke-opacity=".55" fill="none"/><g class="tp-source"></g><g class="tp-target"></g></svg></div>
<div class="tp-legend">${key('<circle cx="13" cy="7" r="5" fill="#e69f00"/>', "source point, its label")}${key('<path d="M8 2h10v10H8z" fill="#e69f00"/>', "target point, label carried")}${key('<path d="M1 7H24M19 3l5 4-5 4"/>', "to its image in the source")}<span>label 0 <i class="tp-ramp"></i> 1</span></div>
<p class="tp-said"></p><div class="tp-box">${PLAN.map(row).join("")}<div class="tp-bar"><label><span>Target point</span><input type="number" min="1"></label><button>Put the points back</button></div></div>
<p class="tp-small">Drag a square, or choose one by number and use arrow keys on the plane. Thick lines: where its mass comes from.</p>
<details><summary>The carried labels</summary><div class="tp-list" tabindex="0" role="group" aria-label="Table"><table></table></div></details></div></div><div class="tp-quiet" role="status"></div>`;
const minus = t => String(t).replace("-", "−"), neat = v => minus(v.toFixed(2)), short = v => minus(+v.toPrecision(3)), tiny = v => v < 1e-12 ? "0" : v < 1e-3 ? v.toExponential(0) : v.toFixed(3);
const shade = v => `rgb(${[[0, 230], [114, 159], [178, 0]].map(([a, b]) => round(a + (b - a) * min(1, max(0, v))))})`;

function mount(model, el) {
	const root = document.createElement("div"), abort = new AbortController(), now = {};
	root.className = "tp"; root.innerHTML = HTML; el.append(root);
	const $ = q => root.querySelector(q), all = q => [...root.querySelectorAll(q)], plane = $(".tp-plane"), picture = plane.firstChild, picker = $("[type=number]"), details = $("details");
	const on = (e, name, f) => e.addEventListener(name, f, {signal: abort.signal});
	let mine = false, home, X, values, Y, solved, picked = 0, L, held = null, rates;

	// --- left: rates
	function nearest(route) {
		const off = r => 1e3 * abs(r.d - now.d) + abs(r.smooth - (route === "direct" ? now.p : now.alpha));
		return (model.get("measured") ?? []).filter(r => r.route === route).sort((a, b) => off(a) - off(b))[0];
	}
	function plot() {
		const svg = $(".tp-plot"), W = max(240, round(svg.clientWidth) || 420), H = max(230, min(340, .72 * W)), w = W - 66, h = H - 60, {ratio, error, noise} = now, e = exponents(now), main = valid(now), star = crossover(now);
		const x = m => w * log(m / LEFT) / log(RIGHT / LEFT), y = v => h * log(HIGH / v) / log(HIGH / LOW), level = (c, exponent, m) => c * m ** -exponent;
		const look = thick => thick ? 'stroke-width="3"' : 'stroke-width="1.4" stroke-dasharray="5 4"', line = (c, exponent, ink, thick) => `<path d="M0 ${y(level(c, exponent, LEFT))}L${w} ${y(level(c, exponent, RIGHT))}" stroke="var(--${ink})" ${look(thick)}/>`;
		const steeper = main.transfer > main.direct, edge = star === null ? 0 : min(w, max(0, x(star))), meet = star >= LEFT && star <= RIGHT, [from, to] = star === null ? [0, ratio < 1 ? 0 : w] : steeper ? [0, edge] : [edge, w];
		const need = {direct: needed(error, main.direct, 1), transfer: needed(error, main.transfer, ratio)};
		// a name stands below the end of its curve, the upper one above where they are close
		const ends = [["direct", 1], ["transfer", ratio]].map(([name, c]) => {
			const out = min(RIGHT, max(LEFT, needed(LOW, main[name], c))), u = x(out), right = u > w - 60, v = y(level(c, main[name], out));
			return {name, u: right ? w - 4 : u + 8, right, v, at: min(h - 7, max(12, v + 16)), up: v - 8 - 50 * main[name] * h / w * log(RIGHT / LEFT) / log(HIGH / LOW)};
		}).sort((a, b) => a.v - b.v), [upper, lower] = ends;
		if (abs(upper.u - lower.u) < 60 && lower.v - upper.v < 22) upper.at = max(12, upper.right ? upper.up : upper.at - 20);
		const near = now.overlay ? ["direct", "transfer"].map(nearest).filter(Boolean) : [], dots = near.map(r => {
			const direct = r.route[0] === "d", ms = decode(r.m), errors = decode(r.error), by = level(direct ? 1 : ratio, main[r.route], ms[0]) / errors[0];
			return ms.map((m, i) => `<path class="tp-dot" data-route="${r.route}" d="M${x(m)} ${y(by * errors[i])}${direct ? "m-4 0a4 4 0 0 0 8 0a4 4 0 0 0-8 0" : "m-4-4h8v8h-8z"}" stroke="var(--${r.route[0]})" stroke-width="1.6"/>`).join("");
		}).join("");
		const text = (u, v, t, side = "middle", more = "") => `<text x="${u}" y="${v}" text-anchor="${side}" ${more}>${t}</text>`, rule = (d, ink = "var(--line)") => `<path d="${d}" stroke="${ink}"/>`, spot = m => `<circle cx="${min(2 * w, x(m))}" cy="${y(error)}" r="4" fill="currentColor"/>`;
		svg.setAttribute("viewBox", `0 0 ${W} ${H}`); svg.style.height = `${H}px`;
		svg.innerHTML = `<g transform="translate(40 24)" fill="none">${[.01, .1, 1].map(v => rule(`M0 ${y(v)}H${w}`) + text(-6, y(v) + 4, v, "end")).join("")}${[10, 100, 1e3, 1e4, 1e5].map(m => rule(`M${x(m)} 0V${h}`) + text(x(m), h + 16, m.toLocaleString("en-GB"))).join("")}
<rect x="${from}" width="${to - from}" height="${h}" fill="currentColor" fill-opacity=".12"/><svg width="${w}" height="${h}" style="width:${w}px">${line(1, noise ? e.direct : e.regression, "d")}${line(ratio, noise ? e.transfer : e.map, "t")}${line(1, main.direct, "d", true)}${line(ratio, main.transfer, "t", true)}
<path d="M0 ${y(error)}H${w}" stroke="currentColor" stroke-dasharray="2 3"/>${spot(need.direct)}${spot(need.transfer)}${dots}</svg>${meet ? rule(`M${edge} 0V${h}`, "currentColor") + text(min(w - 34, max(44, edge)), -7, `m* = ${count(star)}`, "middle", 'font-weight="650"') : ""}
${rule(`M0 0V${h}H${w}`, "currentColor")}${ends.map(q => text(q.u, q.at, q.name, q.right ? "end" : "start", `style="fill:var(--${q.name[0]})" font-weight="650"`)).join("")}${text(w / 2, h + 34, "target samples m")}${text(-38, -8, "error", "start")}</g>`;
		$(".tp-keys").innerHTML = [["transfer, abstract", e.transfer], ["direct, abstract", e.direct], ["transfer, textbook", e.map], ["direct, textbook", e.regression]].map(([t, v], i) => key(`<path d="M0 7H26" stroke="var(--${t[0]})" ${look(i < 2 === !noise)}/>`, `${t} m<sup>−${v.toFixed(2)}</sup>`)).join("") + key('<path d="M0 0H26V14H0z" fill="currentColor" fill-opacity=".16" stroke="none"/>', "transfer does not win");
		const asks = `For an error of ${short(error)}: direct ${count(need.direct)} sample${need.direct <= 1 ? "" : "s"}, transfer ${count(need.transfer)}.`, some = `${star > 1e9 ? "" : "about "}${count(star)} samples`;
		const wins = (noise ? "By textbook rates " : "By the abstract’s rates ") + (star === null ? "both errors fall equally fast: " + (ratio === 1 ? "nobody wins" : `${ratio < 1 ? "transfer" : "direct"} has the smaller constant and wins at every m`) :
			steeper ? `transfer’s error falls faster: it wins ${star <= 1 ? "at every m" : `from ${some} on, direct before that`}` : `the direct error falls faster: ${star <= 1 ? "direct wins at every m" : `transfer wins up to ${some}, direct after that`}`) + ".";
		$(".tp-need").textContent = asks; $(".tp-wins").textContent = wins;
		svg.ariaLabel = `Error by target samples, both logarithmic. Transfer falls as m to the power −${neat(main.transfer)}, direct as −${neat(main.direct)}. ${asks} ${wins}`;
		$(".tp-note").textContent = (now.d <= 3 ? "The abstract states its transfer rate for d > 3. " : "") + (near.length ? `Measured, nearest stored: ${near.map(r => r.route + (r.route[0] === "d" ? ` (circles) at d = ${r.d}, p` : ` (squares) at d = ${r.d}, α`) + ` = ${r.smooth}`).join(", ")}. Each is scaled so that its first point lies on its thick curve: compare slopes, not heights.` : "");
		rates = {exponents: e, crossover: star, needed: need};
	}

	// --- right: the plan
	const place = y => y.map((v, k) => 200 + (k ? -190 : 190) * v / L), share = i => solved.plan[i * now.m + picked];
	const told = () => `Target point ${picked + 1} at ${Y[picked].map(neat).join(", ")} gets the label ${neat(solved.carried[picked])}.`;
	function plan() {
		const n = X.length, {m} = now, source = $(".tp-source"), target = $(".tp-target");
		Y = shown(now); solved = solve(X, Y, now.eps);
		solved.carried = carry(solved.plan, n, m, values);
		if (!held) L = max(2, ceil(2.1 * max(...[...X, ...Y].flat().map(abs))) / 2);
		picked = min(picked, m - 1); picker.max = m; picker.value = picked + 1;
		// nodes stay while a pointer holds one
		if (source.children.length !== n) source.innerHTML = '<circle r="5"/>'.repeat(n);
		if (target.children.length !== m) target.innerHTML = '<g><circle class="tp-hit" r="13" stroke="none"/><rect x="-5" y="-5" width="10" height="10" pointer-events="none"/></g>'.repeat(m);
		const at = (node, y, v) => {node.setAttribute("transform", `translate(${place(y)})`); (node.lastChild ?? node).style.fill = shade(v)};
		[...source.children].forEach((node, i) => at(node, X[i], values[i]));
		[...target.children].forEach((node, j) => {at(node, Y[j], solved.carried[j]); node.setAttribute("stroke-width", j === picked ? 3 : 1)});
		const to = images(solved.plan, n, m, X), most = max(...range(n).map(share));
		$(".tp-arrows").setAttribute("d", Y.map((y, j) => {
			const a = place(y), b = place(to[j]), r = hypot(b[0] - a[0], b[1] - a[1]), u = (b[0] - a[0]) / r, v = (b[1] - a[1]) / r, wing = s => [b[0] - 6 * u + s * v, b[1] - 6 * v - s * u];
			return r < 6 ? "" : `M${a}L${b}M${wing(3)}L${b}L${wing(-3)}`;
		}).join(""));
		$(".tp-mass").innerHTML = range(n).filter(i => share(i) > .02 * most).map(i => `<path d="M${place(Y[picked])}L${place(X[i])}" stroke="var(--hot)" stroke-width="${1 + 4 * share(i) * m}" stroke-opacity="${.2 + .6 * share(i) / most}"/>`).join("");
		const said = $(".tp-said").textContent = `${solved.exact ? `Exact: ${n} points to ${n}, one to one` : `Sinkhorn at ε = ${short(now.eps)} of the mean cost`}. Transport cost ${solved.cost.toFixed(3)}, marginal error ${tiny(solved.marginal)}.`;
		picture.ariaLabel = `${n} source points and ${m} target points. ${said} ${told()}`;
		if (details.open) table();
	}
	function table() {
		const line = (cells, tag = "td") => `<tr>${cells.map(t => `<${tag}>${t}</${tag}>`).join("")}</tr>`;
		$("table").innerHTML = `<thead>${line(["point", "x", "y", "label"], "th")}</thead><tbody>${Y.map((y, j) => line([j + 1, ...y.map(neat), neat(solved.carried[j])])).join("")}</tbody>`;
	}

	// --- the reader
	function controls() {
		for (const e of all("[data-k]")) {
			const k = e.dataset.k, v = now[k], [, lo, hi, , n] = KNOBS[k] ?? [], text = short(v);
			if (!hi) {e.checked = v; continue}
			if (k === "m") e.max = min(hi, now.target.length);
			e.value = n ? round(n * log(v / lo) / log(hi / lo)) : v; e.ariaValueText = e.nextSibling.textContent = text;
		}
		$("[data-k=overlay]").parentElement.hidden = !model.get("measured")?.length;
	}
	function set(values, right) {
		Object.assign(now, values);
		mine = true; for (const k in values) model.set(k, values[k]); mine = false; model.save_changes?.();
		(right ? plan : plot)(); controls();
	}
	const say = t => {$(".tp-quiet").textContent = t};
	on(root, "input", ({target: e}) => {
		const k = e.dataset.k, [, lo, hi, , n] = KNOBS[k] ?? [], j = +e.value - 1;
		if (k) set({[k]: hi ? n ? +(lo * (hi / lo) ** (e.value / n)).toPrecision(3) : +e.value : +e.checked}, PLAN.includes(k));
		else if (Number.isInteger(j) && j >= 0 && j < now.m) {picked = j; plan(); say(told())}
	});
	on(picker, "blur", () => {picker.value = picked + 1});
	on($("button"), "click", () => {set({...home}, true); say("The target points are back.")});
	on(details, "toggle", () => {if (details.open) table()});
	const move = z => set({target: stored(now, picked, z.map(v => min(L, max(-L, v))))}, true);
	function spot(e) {
		const r = picture.getBoundingClientRect();
		return [(e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height].map((v, k) => (k ? -L : L) * (400 * v - 200) / 190);
	}
	on(plane, "pointerdown", e => {
		if (e.button || held || !e.target.closest(".tp-hit")) return;
		const z = spot(e), off = Y.map(y => hypot(y[0] - z[0], y[1] - z[1]));
		picked = off.indexOf(min(...off)); held = {id: e.pointerId, by: Y[picked].map((v, k) => v - z[k])};
		plane.setPointerCapture(e.pointerId); plan();
	});
	on(plane, "pointermove", e => {if (held?.id === e.pointerId) move(spot(e).map((v, k) => v + held.by[k]))});
	on(plane, "lostpointercapture", () => {held = null; plan(); say(told())});
	on(plane, "keydown", e => {
		const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[e.key], turn = {n: 1, p: now.m - 1}[e.key.toLowerCase()];
		if (e.ctrlKey || e.metaKey || e.altKey || held || !way && !turn) return;
		if (way) move(Y[picked].map((v, k) => v + (e.shiftKey ? .02 : .1) * way[k])); else {picked = (picked + turn) % now.m; plan()}
		say(told()); e.preventDefault();
	});

	// --- surroundings: dark or light as the text around it; changes made in Python. Nothing moves by itself.
	const theme = () => root.toggleAttribute("data-dark", getComputedStyle(el).color.match(/[\d.]+/g)?.[1] > 127);
	function read() {
		for (const k in AT_REST) now[k] = +(model.get(k) ?? AT_REST[k]);
		now.target = decode(model.get("target")); X = decode(model.get("source")); values = decode(model.get("labels")); now.m = min(max(2, round(now.m)), now.target.length);
	}
	const settle = () => {home = {target: now.target, shear: now.shear, spread: now.spread}};
	const follow = k => () => {if (!mine) {read(); if (k in home) settle(); plan(); plot(); controls()}}, heard = [...Object.keys(AT_REST), "source", "labels", "target", "measured"].map(k => [`change:${k}`, follow(k)]);
	const watch = new MutationObserver(() => {theme(); setTimeout(theme, 400)}), resized = new ResizeObserver(() => {theme(); plot()});
	for (const e of [document.documentElement, document.body]) watch.observe(e, {attributes: true});
	on(matchMedia("(prefers-color-scheme: dark)"), "change", theme);
	heard.forEach(([k, f]) => model.on?.(k, f));
	theme(); read(); settle(); plan(); plot(); controls(); resized.observe(root);

	return root.figure = {
		get solved() {return {...solved, plan: [...solved.plan]}}, get rates() {return rates}, get shown() {return Y}, get picked() {return picked},
		destroy() {abort.abort(); watch.disconnect(); resized.disconnect(); heard.forEach(([k, f]) => model.off?.(k, f)); root.remove()},
	};
}

export default {render({model, el}) {const figure = mount(model, el); return () => figure.destroy()}};
