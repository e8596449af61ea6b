// Do the members of an ensemble disagree? Test points by their uncertainty, and the two straight lines between two members.
// First the arithmetic, exported and compared with torch; then the figure.

const {abs, hypot, log, max, min, round} = Math, range = n => Array.from({length: n}, (_, i) => i), sum = a => a.reduce((s, v) => s + v, 0), mean = a => sum(a) / a.length;
// {dtype, shape, b64} as a typed array, in rows when it has two axes; anything else as it is
export function decode(a) {
	if (a?.b64 === undefined) return a;
	const flat = new globalThis[a.dtype[0].toUpperCase() + a.dtype.slice(1) + "Array"](Uint8Array.from(atob(a.b64), c => c.charCodeAt(0)).buffer), [n, k] = a.shape;
	return a.shape.length === 2 ? range(n).map(i => [...flat.slice(i * k, i * k + k)]) : flat;
}

// --- uncertainty: p is members x points x classes
const SMALL = 1e-6, clamp = v => min(1 - SMALL, max(SMALL, v)), LEVELS = 255;
// bytes of one level, each a probability (power 1) or its square root (power 2) in 255ths, so that every point adds up to 1
export function restore(bytes, M, N, C, power = 1) {
	return range(M).map(m => range(N).map(n => {
		const at = (m * N + n) * C, row = [...bytes.slice(at, at + C)].map(b => (b / LEVELS) ** power), s = sum(row);
		return row.map(v => s ? v / s : 1 / C);
	}));
}
export const entropy = q => -sum(q.map(v => {const c = clamp(v); return c * log(c)}));
export function decompose(p) {
	const M = p.length, q = p.map(a => a.map(r => r.map(clamp))), middle = q[0].map((r, n) => r.map((_, c) => sum(q.map(a => a[n][c])) / M));
	const TU = middle.map(entropy), AU = TU.map((_, n) => sum(q.map(a => entropy(a[n]))) / M);
	return {mean: middle, TU, AU, EU: TU.map((t, n) => t - AU[n])};
}
export const guess = row => row.indexOf(max(...row));
export const nll = (rows, y) => -mean(rows.map((r, n) => log(clamp(r[y[n]]))));
export const accuracy = (rows, y) => mean(rows.map((r, n) => +(guess(r) === y[n])));
// share of points on which two members differ, mean over pairs; null for one member
export function disagreement(p) {
	const g = p.map(a => a.map(guess)), M = g.length;
	if (M < 2) return null;
	return mean(range(M).flatMap(i => range(i).map(j => mean(g[i].map((v, n) => +(v !== g[j][n]))))));
}
// the first of a shuffled order; 0 keeps it as it is
export function pick(shuffle, members, of = 12) {
	const order = range(of);
	let s = Math.imul(shuffle, 2654435761) >>> 0;
	for (let i = of - 1; i > 0 && shuffle; i--) {
		s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
		const j = Math.floor(s * (i + 1) / 2 ** 32);
		[order[i], order[j]] = [order[j], order[i]];
	}
	return order.slice(0, members);
}
// everything that the figure says about some members
export function summary(p, y) {
	const u = decompose(p), AU = mean(u.AU), EU = max(0, mean(u.EU)), d = disagreement(p), error = 1 - mean(p.map(a => accuracy(a, y)));
	return {...u, means: {AU, EU, TU: AU + EU}, ratio: EU / AU, accuracy: accuracy(u.mean, y), nll: nll(u.mean, y), single: mean(p.map(a => nll(a, y))), disagreement: d, error, relative: d === null || error < 1e-9 ? null : d / error};
}
// cividis in five steps: dark blue to yellow, told apart by lightness alone
const RAMP = [[0, 34, 78], [64, 77, 108], [124, 123, 120], [188, 174, 108], [254, 232, 56]];
export function shade(v) {
	const t = 4 * min(1, max(0, v || 0)), k = min(3, Math.floor(t));
	return `rgb(${RAMP[k].map((a, i) => round(a + (t - k) * (RAMP[k + 1][i] - a)))})`;
}
// a set of the state, checked; its error is text for the reader
export function unpack(s) {
	const {name, labels, power, path} = s ?? {}, [kept, xy, y, p, edges, edgeLevel] = ["kept", "xy", "y", "p", "edges", "edge_level"].map(k => decode(s?.[k]) ?? []);
	const L = kept.length, N = y.length, C = labels?.length ?? 0, M = p.length / (L * N * C);
	const fail = !(L && N && C > 1) ? "it has no points, no classes or no levels" : !(M >= 1 && Number.isInteger(M)) ? "its probabilities do not fill members, points and classes" : xy.length !== N ? "its points have no places" : null;
	const levels = [];
	return {name: name ?? "unnamed", labels, kept: [...kept], xy, y: [...y], L, N, C, M, fail, path: path?.weights?.length > 1 ? path : null, edges: edges.map((e, i) => [...e, edgeLevel[i] ?? 0]),
		at: l => levels[l] ??= restore(p.slice(l * M * N * C, (l + 1) * M * N * C), M, N, C, power)};
}

// --- the figure
const AT_REST = {set: 0, members: 5, shuffle: 0, level: 1e9, a: 10}, MEASURES = {EU: "epistemic: what members disagree on", AU: "aleatoric: what each leaves open", TU: "total: both"};
const CSS = `.cv{container-type:inline-size;font:14px/1.45 system-ui,sans-serif;font-variant-numeric:tabular-nums;color:var(--fg);--fg:#1c2128;--soft:#57606a;--hot:#005a9c;--au:#56b4e9;--eu:#d55e00;--w:#b54b00;--b:#0072b2;--panel:#f6f8fa;--line:#8886}
.cv[data-dark]{--fg:#e6edf3;--soft:#a9b4c0;--hot:#7cc4f5;--w:#f08a3c;--eu:#e8742a;--b:#56b4e9;--panel:#161c24;color-scheme:dark}
.cv *{box-sizing:border-box}.cv p{margin:0}.cv [hidden]{display:none!important}.cv-parts{display:grid;grid-template-columns:minmax(0,1.1fr) minmax(0,1fr);gap:20px 28px;align-items:start}.cv-part{display:grid;gap:8px;grid-template-columns:minmax(0,1fr)}.cv-parts+.cv-parts{margin-top:22px}
.cv svg{display:block;width:100%}.cv svg text{fill:currentColor;font-size:12px}.cv-plane{border:1px solid var(--line);border-radius:6px;touch-action:pan-y}
.cv-legend{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:center;font-size:13px}.cv-legend span{display:flex;gap:6px;align-items:center}.cv .cv-legend svg{width:22px;height:16px;flex:none}.cv-ramp{width:90px;height:10px;border-radius:2px;background:linear-gradient(90deg,${RAMP.map(c => `rgb(${c})`)})}
.cv-box{background:var(--panel);border-radius:6px;padding:8px 12px;display:grid;gap:4px}.cv label{display:flex;gap:8px;align-items:center;min-height:28px;margin:0}.cv .cv-row{display:grid;grid-template-columns:minmax(0,8.5em) minmax(0,1fr) 3.6em}.cv-row b{text-align:right;font-weight:400}.cv .cv-row:has(select){grid-template-columns:minmax(0,8.5em) minmax(0,1fr)}
.cv :is(input,select,button){margin:0;accent-color:var(--hot);font:inherit;color:var(--fg)}.cv [type=range]{width:100%;min-width:0;min-height:24px}.cv :is(select,button,[type=number]){background:var(--panel);border:1px solid var(--soft);border-radius:5px;padding:3px 10px;min-width:0}.cv [type=number]{width:5em}.cv-wrap{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:center}
.cv fieldset{border:0;margin:0;padding:0;min-width:0;display:flex;flex-wrap:wrap;gap:0 14px;align-items:center}.cv legend{float:left;padding:0;width:auto;margin:0;font-size:inherit}
.cv-stack{display:flex;height:26px;border-radius:4px;overflow:hidden;background:var(--line)}.cv-stack i{background:var(--au)}.cv-stack i+i{background:var(--eu)}@media (prefers-reduced-motion:no-preference){.cv-stack i{transition:width .2s}}
.cv dl{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:1px 14px;margin:0}.cv dd{margin:0;text-align:right;font-weight:600}.cv dt{font-weight:400}.cv-dot{display:inline-block;width:11px;height:11px;border-radius:2px}
.cv-voices{display:grid;grid-template-columns:fit-content(9em) minmax(36px,.8fr) 2.4em minmax(5em,1fr);gap:1px 8px;font-size:13px;align-items:center}.cv-voices>*{min-width:0;overflow-wrap:break-word;line-height:1.3}.cv-wide{grid-column:span 2}.cv-track i{display:block;height:9px;background:var(--hot);border-radius:2px}
.cv-hist{display:grid;grid-template-columns:fit-content(9em) minmax(0,1fr) auto;gap:5px 8px;font-size:13px;align-items:center}.cv-hist b{font-weight:400;text-align:right;white-space:nowrap}.cv-pair{display:grid;gap:2px;border-left:1px solid var(--soft)}.cv-pair i{height:7px;background:var(--b);border-radius:0 2px 2px 0}.cv-pair i:first-child{background:var(--w)}
.cv-say{font-weight:600}.cv-small{font-size:13px;color:var(--soft)}.cv :focus-visible{outline:2px solid var(--hot);outline-offset:2px}.cv-list{max-height:260px;overflow:auto}.cv table{width:100%;font-size:13px;color:var(--fg)}.cv table :is(th,td){text-align:right}.cv-quiet{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.cv-three{grid-template-columns:repeat(3,minmax(0,1fr))}@container (max-width:880px){.cv-three{grid-template-columns:repeat(2,minmax(0,1fr))}}
@container (max-width:700px){.cv-parts{grid-template-columns:minmax(0,1fr)}}`;
const slider = (k, text, lo = 0) => `<label class="cv-row"><span>${text}</span><input type="range" data-k="${k}" min="${lo}" step="1"><b aria-hidden="true"></b></label>`;
const html = name => `<style>${CSS}</style><p class="cv-fail" role="alert" hidden></p><div class="cv-all"><div class="cv-parts"><div class="cv-part"><p><strong class="cv-title"></strong></p>
<div class="cv-plane" tabindex="0" role="group" aria-label="Arrow keys choose a test point"><svg viewBox="0 0 1040 820" role="img" aria-label="Test points"><path class="cv-edges" fill="none" stroke="currentColor" stroke-opacity=".35" stroke-width="1.6"/><g class="cv-dots"></g><circle class="cv-here" r="36" fill="none" stroke="var(--hot)" stroke-width="5"/></svg></div>
<div class="cv-legend"><span><b class="cv-low">0</b><i class="cv-ramp"></i><b class="cv-high"></b></span><span><svg viewBox="0 0 22 16" aria-hidden="true"><circle cx="11" cy="8" r="6.5" fill="none" stroke="var(--eu)" stroke-width="2"/></svg>ensemble wrong</span><span class="cv-keyedge"><svg viewBox="0 0 22 16" aria-hidden="true"><path d="M1 13L21 3" stroke="currentColor"/></svg>edge kept</span><label><input type="checkbox" class="cv-same"><span>one scale for all three</span></label></div></div>
<div class="cv-part"><div class="cv-box"><label class="cv-row"><span>Data set</span><select data-k="set"></select></label>${slider("members", "Members", 1)}${slider("level", "Edges kept")}
<div class="cv-wrap"><button type="button">Reshuffle</button><span class="cv-who"></span></div><fieldset><legend>Colour</legend>${Object.keys(MEASURES).map(k => `<label><input type="radio" name="${name}" value="${k}"><span>${k}</span></label>`).join("")}<span class="cv-small cv-what"></span></fieldset></div>
<p class="cv-say" role="status" aria-live="polite"></p><div class="cv-stack" role="img"><i></i><i></i></div><div class="cv-legend"><span><i class="cv-dot" style="background:var(--au)"></i><span class="cv-au"></span></span><span><i class="cv-dot" style="background:var(--eu)"></i><span class="cv-eu"></span></span></div><dl></dl>
<details><summary>Uncertainty of every point</summary><div class="cv-list" tabindex="0" role="group" aria-label="Table"><table></table></div></details></div></div>
<div class="cv-parts cv-three"><div class="cv-part"><p><strong>What does each member say?</strong></p><div class="cv-wrap"><label><span>Test point</span><input type="number" min="1"></label><span class="cv-truth"></span></div><div class="cv-voices"></div><p class="cv-small">Point at one in the picture, choose it by number, or move with arrow keys.</p></div>
<div class="cv-part cv-second"><p><strong>What lies between two members?</strong></p><svg class="cv-plot" role="img" aria-label="Loss between two members"></svg>${slider("a", "Position a")}<p class="cv-path"></p></div>
<div class="cv-part cv-second"><p><strong>What is guessed there?</strong></p><div class="cv-legend"><span><i class="cv-dot" style="background:var(--w)"></i>weights mixed</span><span><i class="cv-dot" style="background:var(--b)"></i>answers mixed</span></div><div class="cv-hist" role="img"></div></div></div></div><div class="cv-quiet" role="status"></div>`;
const f2 = v => v.toFixed(2), f3 = v => v.toFixed(3), percent = v => `${(100 * v).toFixed(v < .0995 ? 1 : 0)} %`, esc = t => String(t).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`), list = a => a.map(i => i + 1).sort((a, b) => a - b).join(", ");
let count = 0;

function mount(model, el) {
	const root = document.createElement("div"), abort = new AbortController(), now = {};
	root.className = "cv"; root.innerHTML = html(`cv-${++count}-${Math.random()}`); el.append(root);
	const $ = q => root.querySelector(q), all = q => [...root.querySelectorAll(q)], plane = $(".cv-plane"), picture = plane.firstChild, picker = $("[type=number]"), details = $("details");
	const on = (e, name, f) => e.addEventListener(name, f, {signal: abort.signal});
	let mine = false, sets = [], s, who = [], voices, out, picked = 0, known = null;
	const say = t => {$(".cv-quiet").textContent = t};

	// --- who speaks
	// end of the colour scale: 95 % of points lie below it with all members, at any level, so that it stays while the reader moves
	function ends() {
		if (!s.tops) {
			s.tops = {EU: 1e-3, AU: 1e-3, TU: 1e-3};
			for (const l of range(s.L)) {const u = decompose(s.at(l)); for (const k in s.tops) s.tops[k] = max(s.tops[k], [...u[k]].sort((a, b) => a - b)[Math.floor(.95 * (s.N - 1))])}
		}
		return s.tops[$(".cv-same").checked ? "TU" : now.colour];
	}
	function panel() {
		who = pick(now.shuffle, now.members, s.M); voices = who.map(i => s.at(now.level)[i]); out = summary(voices, s.y);
		const r = out, {AU, EU} = r.means, n = who.length, dots = $(".cv-dots"), top = ends(), values = r[now.colour];
		if (dots.children.length !== s.N) dots.innerHTML = '<g><circle r="25" fill="none" stroke="var(--eu)" stroke-width="6"/><circle r="14" stroke="currentColor" stroke-opacity=".55" stroke-width="1.5"/></g>'.repeat(s.N);
		[...dots.children].forEach((g, i) => {
			g.setAttribute("transform", `translate(${place(i)})`); g.firstChild.style.display = guess(r.mean[i]) === s.y[i] ? "none" : ""; g.lastChild.style.fill = shade(values[i] / top);
		});
		const lines = s.edges.filter(e => e[2] <= now.level), wrong = r.mean.filter((q, i) => guess(q) !== s.y[i]).length;
		$(".cv-edges").setAttribute("d", lines.map(([i, j]) => `M${place(i)}L${place(j)}`).join("")); $(".cv-keyedge").hidden = !s.edges.length;
		$(".cv-title").textContent = n < 2 ? "Where is one member unsure?" : {EU: `Where do ${n} members disagree?`, AU: `What does each of ${n} members leave open?`, TU: `Where are ${n} members together unsure?`}[now.colour];
		$(".cv-high").textContent = `${top < .1 ? Number(top.toPrecision(2)) : f2(top)} nats ${now.colour} or more`; $(".cv-what").textContent = MEASURES[now.colour]; $(".cv-who").textContent = `${n > 1 ? "members" : "member"} ${list(who)} of ${s.M}`;
		const relative = n < 2 ? "needs two" : r.relative === null ? "no errors" : f2(r.relative);
		const sentence = n < 2 ? "One member alone: EU is 0, for there is nobody to disagree with." : `EU/AU is ${percent(r.ratio)} with ${n} members on ${s.name}.`;
		if ($(".cv-say").textContent !== sentence) $(".cv-say").textContent = sentence;
		const [au, eu] = $(".cv-stack").children, share = 100 * AU / (AU + EU || 1);
		au.style.width = `${share}%`; eu.style.width = `${100 - share}%`;
		$(".cv-stack").ariaLabel = `Total uncertainty ${f3(AU + EU)} nats a point: aleatoric ${f3(AU)}, epistemic ${f3(EU)}`;
		$(".cv-au").textContent = `AU ${f3(AU)} nats`; $(".cv-eu").textContent = `EU ${f3(EU)} nats`;
		$("dl").innerHTML = [["EU/AU", percent(r.ratio)], ["Accuracy, ensemble", f3(r.accuracy)], ["Mean NLL, ensemble", f3(r.nll)], ["Mean NLL, one member", f3(r.single)], ["Disagreement / error", relative]].map(([t, v]) => `<dt>${t}</dt><dd>${v}</dd>`).join("");
		picture.ariaLabel = `${s.N} test points of ${s.name}, coloured by ${now.colour} from 0 to ${f2(top)} nats; ${wrong} wrong and ringed${s.edges.length ? `; ${lines.length} edges among them` : ""}. ${sentence}`;
		point();
		if (details.open) table();
	}
	const place = i => [20 + s.xy[i][0], 20 + .78 * s.xy[i][1]];
	const told = () => `Test point ${picked + 1}, ${s.labels[s.y[picked]]}: the ensemble says ${s.labels[guess(out.mean[picked])]} with ${f2(max(...out.mean[picked]))}; EU ${f3(max(0, out.EU[picked]))}, AU ${f3(out.AU[picked])}.`;
	function point() {
		const i = picked = min(picked, s.N - 1), q = out.mean[i], said = voices.map(a => guess(a[i]));
		picker.max = s.N; if (document.activeElement !== picker) picker.value = i + 1;
		$(".cv-here").setAttribute("transform", `translate(${place(i)})`);
		$(".cv-truth").innerHTML = `is <strong>${esc(s.labels[s.y[i]])}</strong>; EU ${f3(max(0, out.EU[i]))}, AU ${f3(out.AU[i])} nats`;
		$(".cv-voices").innerHTML = '<span>class</span><span class="cv-wide">ensemble</span><span>guessed by</span>' + s.labels.map((t, c) => {
			const by = who.filter((_, k) => said[k] === c), tag = c === s.y[i] ? "strong" : "span";
			return `<${tag}>${esc(t)}</${tag}><span class="cv-track"><i style="width:${100 * q[c]}%"></i></span><span>${f2(q[c])}</span><span>${by.length ? list(by) : "–"}</span>`;
		}).join("");
	}
	function table() {
		const line = (cells, tag = "td") => `<tr>${cells.map(t => `<${tag}>${t}</${tag}>`).join("")}</tr>`, r = out;
		$("table").innerHTML = `<thead>${line(["point", "label", "ensemble", "TU", "AU", "EU"], "th")}</thead><tbody>${s.y.map((c, i) => line([i + 1, esc(s.labels[c]), esc(s.labels[guess(r.mean[i])]), f3(r.TU[i]), f3(r.AU[i]), f3(max(0, r.EU[i]))])).join("")}</tbody>`;
	}

	// --- between two members
	function between() {
		for (const e of all(".cv-second")) e.hidden = !s.path;
		if (!s.path) return;
		const svg = $(".cv-plot"), {weights, answers} = s.path, K = weights.length, k = now.a, W = max(240, round(svg.clientWidth) || 420), H = 230, w = W - 54, h = H - 52, both = [...weights, ...answers].map(v => max(v, 1e-3));
		const hi = 1.1 * max(...both), logs = hi / min(...both) > 4, lo = logs ? min(...both) / 1.7 : 0, x = i => w * i / (K - 1), y = v => logs ? h * log(hi / max(v, 1e-3)) / log(hi / lo) : h * (1 - v / hi);
		const power = 10 ** Math.floor(Math.log10(hi / 4)), step = power * [1, 2, 5, 10].find(m => m * power >= hi / 5.5);
		const ticks = logs ? [1, 2, 5].flatMap(m => [.001, .01, .1, 1, 10, 100].map(t => +(m * t).toPrecision(1))).filter(v => v > lo && v < hi) : range(9).map(i => i * step).filter(v => v < hi);
		const line = (v, ink, dash) => `<path d="M${v.map((u, i) => `${x(i)} ${y(u)}`).join("L")}" stroke="var(--${ink})" stroke-width="2.6" ${dash}/><circle cx="${x(k)}" cy="${y(v[k])}" r="5" fill="var(--${ink})" stroke="var(--panel)"/>`;
		const text = (u, v, t, side = "middle", more = "") => `<text x="${u}" y="${v}" text-anchor="${side}" ${more}>${t}</text>`, top = weights.indexOf(max(...weights)), low = answers[K >> 1] < weights[K >> 1];
		const name = (t, ink, i, v) => {const right = x(i) + 100 < w; return text(x(i) + (right ? 10 : -10), max(11, min(h - 5, v)), t, right ? "start" : "end", `style="fill:var(--${ink})" font-weight="650"`)};
		svg.setAttribute("viewBox", `0 0 ${W} ${H}`); svg.style.height = `${H}px`;
		svg.innerHTML = `<g transform="translate(44 18)" fill="none">${ticks.map(v => `<path d="M0 ${y(v)}H${w}" stroke="var(--line)"/>` + text(-6, y(v) + 4, +v.toPrecision(3), "end")).join("")}${[0, .5, 1].map(v => text(v * w, h + 15, v)).join("")}<path d="M0 0V${h}H${w}" stroke="currentColor"/><path d="M${x(k)} 0V${h}" stroke="currentColor" stroke-dasharray="2 3"/>
${line(weights, "w", "")}${line(answers, "b", 'stroke-dasharray="7 4"')}${name("weights mixed", "w", top, y(weights[top]) - 3)}${name("answers mixed", "b", K >> 1, y(answers[K >> 1]) + (low ? 18 : -9))}${text(w / 2, h + 31, "position a between two members")}${text(-42, -6, logs ? "loss, log scale" : "loss", "start")}</g>`;
		const share = c => {const n = sum(c) || 1; return c.map(v => v / n)}, gw = share(s.path.guess_weights[k] ?? []), ga = share(s.path.guess_answers[k] ?? []), kinds = g => g.filter(v => v > 0).length, wide = max(...gw, ...ga, .01);
		const said = `At a = ${f2(k / (K - 1))} the loss is ${f2(weights[k])} along mixed weights and ${f2(answers[k])} along mixed answers; ${kinds(gw)} and ${kinds(ga)} of ${s.C} classes are guessed.`;
		$(".cv-path").textContent = svg.ariaLabel = said;
		$(".cv-hist").innerHTML = s.labels.map((t, c) => `<span>${esc(t)}</span><span class="cv-pair"><i style="width:${100 * gw[c] / wide}%"></i><i style="width:${100 * ga[c] / wide}%"></i></span><b>${round(100 * gw[c])} | ${round(100 * ga[c])} %</b>`).join("");
		$(".cv-hist").ariaLabel = "Share of points guessed to be of a class, weights mixed and answers mixed: " + s.labels.map((t, c) => `${t} ${percent(gw[c])} and ${percent(ga[c])}`).join(", ");
	}

	// --- the reader
	function controls() {
		const knob = (k, top, text) => {const e = $(`[data-k=${k}]`); e.max = top; e.value = now[k]; e.ariaValueText = e.nextSibling.textContent = text};
		$("select").innerHTML = sets.map((t, i) => `<option value="${i}">${esc(t.name)}</option>`).join(""); $("select").value = now.set;
		knob("members", min(12, s.M), String(now.members)); knob("level", s.L - 1, `${s.kept[now.level]} %`); $("[data-k=level]").disabled = s.L < 2;
		knob("a", (s.path?.weights.length ?? 2) - 1, f2(now.a / ((s.path?.weights.length ?? 2) - 1)));
		for (const e of all("[type=radio]")) e.checked = e.value === now.colour;
	}
	function draw() {
		s = sets[now.set];
		const fail = !s ? "This figure was given no data set." : s.fail && `The data set “${s.name}” cannot be shown: ${s.fail}.`;
		$(".cv-fail").hidden = !fail; $(".cv-fail").textContent = fail || ""; $(".cv-all").hidden = !s || !!s.fail && sets.every(t => t.fail);
		if (!s) return;
		for (const e of all(".cv-part > :not(.cv-box)")) e.style.visibility = fail ? "hidden" : "";
		if (fail) {$("select").innerHTML = sets.map((t, i) => `<option value="${i}">${esc(t.name)}</option>`).join(""); $("select").value = now.set; return}
		const clip = (v, lo, hi) => min(hi, max(lo, round(v) || 0));
		now.members = clip(now.members, 1, min(12, s.M)); now.level = clip(now.level, 0, s.L - 1); now.a = clip(now.a, 0, (s.path?.weights.length ?? 21) - 1); now.shuffle = max(0, round(now.shuffle) || 0);
		if (!(now.colour in MEASURES)) now.colour = "EU";
		if (known !== s) {known = s; const {EU} = decompose(pick(now.shuffle, now.members, s.M).map(i => s.at(now.level)[i])); picked = EU.indexOf(max(...EU))}
		panel(); between(); controls();
	}
	function set(values) {
		Object.assign(now, values);
		mine = true; for (const k in values) model.set(k, values[k]); mine = false; model.save_changes?.();
		draw();
	}
	on(root, "input", ({target: e}) => {
		const k = e.dataset.k, i = +e.value - 1;
		if (k === "set") set({set: +e.value, level: (sets[+e.value].L || 1) - 1});
		else if (k === "a") {now.a = +e.value; mine = true; model.set("a", now.a); mine = false; model.save_changes?.(); between(); controls()}
		else if (k) set({[k]: +e.value});
		else if (e.type === "radio") set({colour: e.value});
		else if (e.type === "checkbox") panel();
		else if (Number.isInteger(i) && i >= 0 && i < s.N) {picked = i; point(); say(told())}
	});
	on(picker, "blur", () => {picker.value = picked + 1});
	on($("button"), "click", () => {set({shuffle: now.shuffle + 1}); say(`Now speak members ${list(who)}.`)});
	on(details, "toggle", () => {if (details.open) table()});
	function nearest(e) {
		const r = picture.getBoundingClientRect(), z = [(e.clientX - r.left) * 1040 / r.width, (e.clientY - r.top) * 820 / r.height], off = range(s.N).map(i => hypot(place(i)[0] - z[0], place(i)[1] - z[1])), i = off.indexOf(min(...off));
		if (off[i] < 40 && i !== picked) {picked = i; point()}
	}
	on(plane, "pointermove", nearest); on(plane, "pointerdown", nearest);
	on(plane, "keydown", e => {
		const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[e.key];
		if (!way || e.ctrlKey || e.metaKey || e.altKey) return;
		const here = place(picked), off = range(s.N).map(i => {const d = place(i).map((v, k) => v - here[k]), along = d[0] * way[0] + d[1] * way[1]; return along > 0 ? along + 2 * abs(d[0] * way[1] + d[1] * way[0]) : Infinity}), i = off.indexOf(min(...off));
		if (off[i] < Infinity) picked = i;
		point(); say(told()); e.preventDefault();
	});

	// --- surroundings: dark or light as the text around it; changes made in Python. Nothing moves by itself.
	const theme = () => root.toggleAttribute("data-dark", getComputedStyle(el).color.match(/[\d.]+/g)?.[1] > 127);
	function read(fresh) {
		for (const k in AT_REST) now[k] = +(model.get(k) ?? AT_REST[k]);
		now.colour = model.get("colour") ?? "EU";
		if (fresh) sets = (model.get("sets") ?? []).map(unpack);
		now.set = sets.length ? min(sets.length - 1, max(0, round(now.set) || 0)) : 0;
	}
	const follow = k => () => {if (!mine) {read(k === "sets"); draw()}}, heard = [...Object.keys(AT_REST), "colour", "sets"].map(k => [`change:${k}`, follow(k)]);
	const watch = new MutationObserver(() => {theme(); setTimeout(theme, 400)}), resized = new ResizeObserver(() => {theme(); if (s && !s.fail) between()});
	for (const e of [document.documentElement, document.body]) watch.observe(e, {attributes: true});
	on(matchMedia("(prefers-color-scheme: dark)"), "change", theme);
	heard.forEach(([k, f]) => model.on?.(k, f));
	theme(); read(true); draw(); resized.observe(root);

	return root.figure = {
		get read() {return out}, get who() {return who}, get picked() {return picked}, get voices() {return voices}, get now() {return {...now}},
		destroy() {abort.abort(); watch.disconnect(); resized.disconnect(); heard.forEach(([k, f]) => model.off?.(k, f)); root.remove()},
	};
}

export default {render({model, el}) {const figure = mount(model, el); return () => figure.destroy()}};
