// An agent in forty-nine rooms that may carry a few facts away: played out in the page, by a rule, by a network or by the reader.
// First the rooms, the memory and the rules, exported and compared with Python; then the figure.

export const AT = 4, MOVES = ["north", "east", "south", "west", "stay"], RELATIONS = ["north", "east", "south", "west", "at_location"];
export const RULES = {all: "All", novel: "Novel", location: "Location", learned: "Learned", decide: "You decide"};
export const EVICT = {lru: "least recently used", lfu: "least frequently used", fifo: "first in, first out", random: "any"};
const TYPES = {float32: Float32Array, float64: Float64Array, uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, int32: Int32Array};
const decode = a => a?.b64 === undefined ? a : new TYPES[a.dtype](Uint8Array.from(atob(a.b64), c => c.charCodeAt(0)).buffer);
const range = n => Array.from({length: n}, (_, i) => i);

// --- the rooms: tables by step, as in Python's World
export function open(state) {
	const d = {...state};
	for (const k of ["links", "where", "asked", "objects", "by_name", "stream"]) d[k] = decode(state[k]);
	d.weights = state.weights && Object.fromEntries(Object.entries(state.weights).map(([k, v]) => [k, decode(v)]));
	const {links, where, rooms: R, objects} = d, n = objects.length;
	d.link = (t, room, side) => links[(t * R + room) * 4 + side];
	d.place = (t, i) => where[t * n + i];
	d.question = t => objects[d.asked[t]];
	d.answer = t => d.place(t, d.asked[t]);
	d.facts = (t, room) => [...range(4).map(s => [room, s, d.link(t, room, s)]), ...range(n).filter(i => d.place(t, i) === room).map(i => [objects[i], AT, room]), [d.agent, AT, room]];
	d.step = (t, room, move) => {const to = move < 4 ? d.link(t, room, move) : d.wall; return to === d.wall ? room : to};
	d.holds = ([h, r, t], now, room) => r !== AT ? d.link(now, h, r) === t : h === d.agent ? t === room : range(n).some(i => objects[i] === h && d.place(now, i) === t);
	d.role = ([h, r, t]) => r === AT ? (h === d.agent ? 3 : 2) : +(t === d.wall);
	d.say = ([h, r, t]) => `${d.names[h]} ${RELATIONS[r].replace("_", " ")} ${d.names[t]}`;
	return d;
}
// the same numbers as Python draws
export function draws(stream) {let i = 0; return () => stream[i++ % stream.length] / 65536}
export function shuffled(items, random) {
	items = [...items];
	for (let i = items.length - 1; i > 0; i--) {const j = Math.floor(random() * (i + 1)); [items[i], items[j]] = [items[j], items[i]]}
	return items;
}

// --- the memory: records by head and relation, and in buckets of equal keys for eviction
const KEYS = {lru: r => [r.accessed, r.recalled, r.added], lfu: r => [r.recalled, r.accessed, r.added], fifo: r => [r.added], random: () => []};
const before = (a, b) => {for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i]; return false};
export class Memory {
	constructor(capacity, evict, random) {Object.assign(this, {capacity, random, key: KEYS[evict], pairs: new Map(), count: new Map(), buckets: new Map(), size: 0, stored: 0})}
	matching(h, r) {return this.pairs.get(h * 8 + r) ?? []}
	has(fact) {return (this.count.get(fact.join()) ?? 0) > 0}
	records() {return [...this.pairs.values()].flat()}
	put(r) {
		const key = this.key(r), name = key.join();
		if (!this.buckets.has(name)) this.buckets.set(name, {key, list: []});
		const {list} = this.buckets.get(name);
		r.place = list.length; list.push(r);
	}
	take(r) {
		const name = this.key(r).join(), {list} = this.buckets.get(name), last = list.pop();
		if (last !== r) {list[r.place] = last; last.place = r.place}
		if (!list.length) this.buckets.delete(name);
	}
	add(fact, now) {
		const [h, r, t] = fact, record = {h, r, t, added: now, accessed: now, number: this.stored++, recalled: 0};
		if (!this.pairs.has(h * 8 + r)) this.pairs.set(h * 8 + r, []);
		this.pairs.get(h * 8 + r).push(record);
		this.count.set(fact.join(), (this.count.get(fact.join()) ?? 0) + 1); this.size++;
		this.put(record);
	}
	recall(r, now) {this.take(r); r.accessed = now; r.recalled++; this.put(r)}
	remove(r) {
		this.take(r);
		const k = r.h * 8 + r.r, list = this.pairs.get(k), fact = [r.h, r.r, r.t].join();
		list.splice(list.indexOf(r), 1);
		if (!list.length) this.pairs.delete(k);
		this.count.set(fact, this.count.get(fact) - 1); this.size--;
	}
	shrink() {
		const gone = [];
		while (this.size > this.capacity) {
			let first = null;
			for (const b of this.buckets.values()) if (!first || before(b.key, first.key)) first = b;
			const r = first.list.length === 1 ? first.list[0] : first.list[Math.floor(this.random() * first.list.length)];
			this.remove(r); gone.push(r);
		}
		return gone;
	}
}

// --- the rules
const TRUST = {mra: r => [r.added], mru: r => [r.accessed, r.added], mfu: r => [r.recalled, r.added]};
export function choose(records, policy, random) {
	const key = TRUST[policy];
	let equal = [records[0]];
	for (const r of records.slice(1)) if (before(key(equal[0]), key(r))) equal = [r]; else if (!before(key(r), key(equal[0]))) equal.push(r);
	return equal.length === 1 ? equal[0] : equal[Math.floor(random() * equal.length)];
}
// the room that answers, and why
export function answer(question, short, memory, policy, now, random) {
	const seen = short.find(([h, r]) => h === question && r === AT);
	if (seen) return {reply: seen[2], why: "seen"};
	const records = memory.matching(question, AT);
	if (!records.length) return {reply: null, why: "nothing"};
	const r = choose(records, policy, random), why = {why: "memory", added: r.added, recalled: r.recalled, of: records.length};
	memory.recall(r, now);
	return {reply: r.t, ...why};
}
function believed(room, here, memory, policy, wall, random) {
	const found = range(4).filter(s => memory.matching(room, s).length).sort((a, b) => memory.matching(room, a)[0].number - memory.matching(room, b)[0].number);
	for (const k of here.keys()) if (k >> 2 === room && !found.includes(k & 3)) found.push(k & 3);
	return found.map(s => [s, here.get(room * 4 + s) ?? choose(memory.matching(room, s), policy, random).t]).filter(([, to]) => to !== wall);
}
export function explore(d, room, short, memory, policy, now, random) {
	const here = new Map(short.filter(f => f[1] !== AT).map(([h, r, t]) => [h * 4 + r, t])), visits = new Map(), known = new Map();
	for (const r of memory.matching(d.agent, AT)) visits.set(r.t, (visits.get(r.t) ?? 0) + 1);
	const ways = a => {if (!known.has(a)) known.set(a, believed(a, here, memory, policy, d.wall, random)); return known.get(a)};
	const parents = new Map([[room, null]]), queue = [room];
	let goal = null;
	while (queue.length) {
		const a = queue.shift();
		if (a !== room && !visits.has(a)) {goal = a; break}
		for (const [s, to] of ways(a)) if (!parents.has(to)) {parents.set(to, [a, s]); queue.push(to)}
	}
	goal ??= [...visits.keys()].sort((a, b) => visits.get(a) - visits.get(b) || d.by_name[a] - d.by_name[b]).find(a => a !== room && parents.has(a)) ?? null;
	if (goal === null) return Math.floor(random() * 5);
	const steps = [];
	for (let a = goal; parents.get(a); a = parents.get(a)[0]) steps.unshift([...parents.get(a), a]);
	for (const [a, s, b] of steps) if (!here.has(a * 4 + s)) memory.recall(memory.matching(a, s).filter(r => r.t === b).reduce((x, y) => y.added > x.added ? y : x), now);
	return steps[0][1];
}

// --- the released network: two graph layers without self-loops, then a duelling head; values of keeping minus dropping
const silu = x => x / (1 + Math.exp(-x));
function layer(x, w, b, k) {
	const out = b ? Float64Array.from(b) : new Float64Array(k);
	for (let i = 0; i < x.length; i++) for (let j = 0; j < k; j++) out[j] += x[i] * w[i * k + j];
	return out;
}
export function advantages(d, facts) {
	const W = d.weights, n = 16, zero = new Float64Array(n);
	let at = v => W.embedding.subarray(v * n, v * n + n);
	for (const l of [0, 1]) {
		const heard = new Map(), w = W[`conv.${l}.w`], b = W[`conv.${l}.b`], from = at;
		for (const [h, , t] of facts) {
			const m = layer(from(h), w, null, n), sum = heard.get(t) ?? heard.set(t, new Float64Array(n)).get(t);
			m.forEach((v, i) => {sum[i] += v});
		}
		at = v => (heard.get(v) ?? zero).map((s, i) => silu(s + b[i]));
	}
	const deep = (name, x, k) => layer(layer(x, W[`${name}.w1`], W[`${name}.b1`], n).map(silu), W[`${name}.w2`], W[`${name}.b2`], k);
	return facts.map(([h, , t]) => {const a = deep("advantage", [...at(h), ...at(t)], 2); return a[0] - a[1]});
}

// --- an episode; choices: step -> the reader's answers for its facts
export function play(d, {rule = "location", capacity = 128, evict = "lru", answers = "mru", explores = "mru", choices = {}} = {}, last = d.last) {
	const random = draws(d.stream), memory = new Memory(capacity, evict, random), steps = [];
	let room = d.start, score = 0;
	for (let t = 0; t <= last; t++) {
		const short = shuffled(d.facts(t, room), random), told = answer(d.question(t), short, memory, answers, t, random), move = explore(d, room, short, memory, explores, t, random);
		const novel = short.map(f => !memory.has(f)), adv = d.weights ? advantages(d, short) : null, own = rule === "decide" && choices[t];
		const keep = short.map((f, i) => own ? !!own[i] : rule === "all" ? true : rule === "novel" ? novel[i] : rule === "learned" ? adv[i] >= 0 : f[1] === AT);
		short.forEach((f, i) => {if (keep[i]) memory.add(f, t)});
		const gone = memory.shrink(), right = told.reply === d.answer(t);
		score += right;
		steps.push({t, room, short, adv, novel, keep, ...told, right, move, gone, score, size: memory.size});
		room = d.step(t, room, move);
	}
	return {steps, score, memory};
}

// --- the figure
const ROLES = ["ways", "walls", "objects", "own places"], INK = ["#56b4e9", "#999999", "#e69f00", "#009e73"];
const CSS = `.kd{--hot:#d55e00;--line:color-mix(in srgb,currentColor 30%,transparent);max-width:60rem;font-size:.95em}.kd *{box-sizing:border-box}
.kd-bar{display:flex;flex-wrap:wrap;gap:.5em 1em;align-items:end;margin:.4em 0}.kd-bar label{display:grid;gap:.1em;font-size:.85em}.kd-bar .kd-wide{flex:1 1 14em}
.kd input[type=range]{width:100%;margin:0;min-height:24px}.kd select,.kd button{font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:.4em;padding:.25em .6em;min-height:2em}
.kd option{color:#000;background:#fff}.kd button:disabled{opacity:1;cursor:default}.kd :focus-visible{outline:2px solid var(--hot);outline-offset:1px}
.kd-maps{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1em}.kd figure{margin:0}.kd svg{display:block;width:100%;height:auto}.kd h4{font-size:1em;margin:.3em 0;font-weight:650}
.kd-parts{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1em;margin-top:.6em}.kd ul{list-style:none;margin:0;padding:0}.kd-facts button{display:grid;grid-template-columns:1.3em 1fr 5.5em;gap:.4em;align-items:center;width:100%;text-align:left;margin:.15em 0}
.kd-facts [aria-pressed=false]{border-style:dashed}.kd-facts svg{height:1em}.kd-score{display:grid;grid-template-columns:max-content 1fr max-content max-content;gap:.2em .6em;align-items:center;font-variant-numeric:tabular-nums}.kd-score i{display:block;height:.8em;background:var(--line);position:relative}
.kd-score i b{position:absolute;inset:0 auto 0 0;background:#0072b2}.kd-mem{display:flex;height:1.1em;border:1px solid var(--line)}.kd-say{min-height:3em;margin:.4em 0}.kd-quiet{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}.kd small{opacity:.9;font-weight:400}`;
const esc = s => String(s).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);

function mount(model, el) {
	const d = open(Object.fromEntries(["names", "rooms", "grid", "last", "start", "agent", "wall", "n_static", "links", "where", "asked", "objects", "by_name", "stream", "weights"].map(k => [k, model.get(k)])));
	const now = {rule: "location", evict: "lru", capacity: 128, t: 0, choices: {}}, KEEP = Object.keys(now), abort = new AbortController(), N = d.grid;
	const options = o => Object.entries(o).filter(([k]) => k !== "learned" || d.weights).map(([k, v]) => `<option value="${k}">${v}</option>`).join("");
	const root = document.createElement("div");
	root.className = "kd";
	root.innerHTML = `<style>${CSS}</style><div class="kd-bar"><label>Who decides what is kept<select data-k="rule">${options(RULES)}</select></label><label>Who goes when memory is full<select data-k="evict">${options(EVICT)}</select></label>
<label class="kd-wide"><span>Capacity: <b></b> facts</span><input type="range" data-k="capacity" min="16" max="256" step="8"></label></div>
<div class="kd-bar"><button type="button" data-b="play">Play</button><button type="button" data-b="back" aria-label="One step back">‹</button><button type="button" data-b="on" aria-label="One step on">›</button><button type="button" data-b="reset">Forget my choices</button>
<label class="kd-wide"><span>Step <b></b></span><input type="range" data-k="t" min="0" max="${d.last}" step="1"></label></div>
<p class="kd-say"></p><div class="kd-maps"><figure><h4>As it is</h4><svg class="kd-true" viewBox="-4 -4 ${N * 40 + 8} ${N * 40 + 8}" role="img"></svg></figure><figure><h4>As the agent believes</h4><svg class="kd-mind" viewBox="-4 -4 ${N * 40 + 8} ${N * 40 + 8}" role="img"></svg></figure></div>
<small>■ stays ● wanders ▲ the agent. On the right, filled: still true; hollow with a stroke: no longer true. Shaded: remembers having been there.</small>
<div class="kd-parts"><div><h4>In sight: keep or drop<small class="kd-q"></small></h4><ul class="kd-facts"></ul><p class="kd-gone"></p></div><div><h4>Right answers so far, and in the end</h4><div class="kd-score"></div><h4>Long-term memory</h4><div class="kd-mem" role="img"></div><p class="kd-held"></p><details><summary>What is remembered</summary><ul class="kd-list"></ul></details></div></div>
<div class="kd-quiet" role="status"></div>`;
	el.append(root);
	const $ = s => root.querySelector(s), all = s => [...root.querySelectorAll(s)], on = (e, names, f) => names.split(" ").forEach(n => e.addEventListener(n, f, {signal: abort.signal}));
	let mine = false, timer = null, rivals = null, shown = null;

	const centre = r => [(r % N) * 40 + 20, Math.floor(r / N) * 40 + 20];
	const side = (r, s) => {const x = (r % N) * 40, y = Math.floor(r / N) * 40; return [`M${x} ${y}h40`, `M${x + 40} ${y}v40`, `M${x} ${y + 40}h40`, `M${x} ${y}v40`][s]};
	const title = t => `<title>${esc(t)}</title>`;
	function mark(kind, x, y, true_, name) {
		const fill = kind === "agent" ? "var(--hot)" : INK[2], look = true_ ? `fill="${fill}"` : `fill="none" stroke="${fill}" stroke-width="1.6"`, cross = true_ ? "" : `<path d="M${x - 6} ${y + 6}L${x + 6} ${y - 6}" stroke="${fill}" stroke-width="1.2"/>`;
		const shape = kind === "agent" ? `<path d="M${x} ${y - 6}l6 11h-12z" ${look}/>` : kind === "still" ? `<rect x="${x - 4.5}" y="${y - 4.5}" width="9" height="9" ${look}/>` : `<circle cx="${x}" cy="${y}" r="4.8" ${look}/>`;
		return `<g>${title(name)}${shape}${cross}</g>`;
	}
	const kindOf = h => h === d.agent ? "agent" : d.objects.indexOf(h) < d.n_static ? "still" : "wanders";
	// up to three marks side by side in a room
	const spread = items => {const per = new Map(); return items.map(([room, f]) => {const k = per.get(room) ?? 0; per.set(room, k + 1); const [x, y] = centre(room); return f(x - 10 + 10 * (k % 3), y - 8 + 12 * Math.floor(k / 3))}).join("")};
	function maps(s, memory) {
		const grid = range(N + 1).map(i => `M${40 * i} 0V${40 * N}M0 ${40 * i}H${40 * N}`).join("");
		const walls = range(d.rooms).flatMap(r => range(4).filter(k => d.link(s.t, r, k) === d.wall).map(k => side(r, k))).join("");
		const [ax, ay] = centre(s.room), lines = `<path d="${grid}" stroke="currentColor" stroke-opacity=".15" fill="none"/>`;
		$(".kd-true").innerHTML = lines + `<path d="${walls}" stroke="currentColor" stroke-width="3" fill="none"/>` +
			spread(range(d.objects.length).map(i => [d.place(s.t, i), (x, y) => mark(i < d.n_static ? "still" : "wanders", x, y, true, d.names[d.objects[i]])])) + mark("agent", ax, ay + 12, true, "the agent");
		const records = memory.records(), newest = new Map(), visits = new Map(), ways = [];
		for (const r of records) if (r.r === AT && r.h === d.agent) visits.set(r.t, (visits.get(r.t) ?? 0) + 1); else newest.set(r.h * 8 + r.r, r);
		for (const r of newest.values()) if (r.r !== AT) {
			const [x, y] = centre(r.h), ok = d.holds([r.h, r.r, r.t], s.t, s.room), [dx, dy] = [[0, -1], [1, 0], [0, 1], [-1, 0]][r.r];
			ways.push(r.t === d.wall ? `<path d="${side(r.h, r.r)}" stroke="currentColor" stroke-width="3" ${ok ? "" : 'stroke-dasharray="3 4"'}/>` : `<path d="M${x} ${y}l${20 * dx} ${20 * dy}" stroke="${INK[0]}" stroke-width="3" ${ok ? "" : 'stroke-dasharray="2 4"'}/>`);
		}
		const believed = [...newest.values()].filter(r => r.r === AT).map(r => [r.t, (x, y) => mark(kindOf(r.h), x, y, d.holds([r.h, r.r, r.t], s.t, s.room), `${d.names[r.h]}, seen at step ${r.added}`)]);
		$(".kd-mind").innerHTML = lines + [...visits].map(([r, n]) => {const [x, y] = centre(r); return `<rect x="${x - 20}" y="${y - 20}" width="40" height="40" fill="${INK[3]}" fill-opacity="${Math.min(.15 + .1 * n, .5)}">${title(`${d.names[r]}: ${n} visits remembered`)}</rect>`}).join("") +
			ways.join("") + spread(believed) + mark("agent", ax, ay + 12, true, "the agent");
		const stale = records.filter(r => r.h !== d.agent && !d.holds([r.h, r.r, r.t], s.t, s.room)).length;
		$(".kd-true").setAttribute("aria-label", `The rooms at step ${s.t}: the agent is in the ${d.names[s.room]}.`);
		$(".kd-mind").setAttribute("aria-label", `What the agent believes: ${visits.size} rooms visited, ${believed.length} objects placed, ${ways.length} ways or walls.`);
		const counts = ROLES.map((_, k) => records.filter(r => d.role([r.h, r.r, r.t]) === k).length);
		$(".kd-mem").innerHTML = counts.map((n, k) => `<div style="width:${100 * n / now.capacity}%;background:${INK[k]}"></div>`).join("");
		const text = `${records.length} of ${now.capacity}: ` + ROLES.map((r, k) => `${counts[k]} ${r}`).join(", ") + `; apart from those, ${stale} no longer true.`;
		$(".kd-held").textContent = text; $(".kd-mem").setAttribute("aria-label", text);
		if ($("details").open) $(".kd-list").innerHTML = records.sort((a, b) => b.added - a.added).map(r => `<li>${esc(d.say([r.h, r.r, r.t]))} <small>step ${r.added}${r.recalled ? `, used ${r.recalled} times` : ""}</small></li>`).join("");
	}
	function bar(v, most) {
		if (v == null) return "<span></span>";
		const w = Math.min(30, 30 * Math.abs(v) / most);
		return `<svg viewBox="0 0 62 12" aria-hidden="true"><path d="M31 0V12" stroke="currentColor"/><rect x="${v < 0 ? 31 - w : 31}" y="2" width="${w}" height="8" fill="${v < 0 ? "#d55e00" : "#0072b2"}"/></svg>`;
	}
	function facts(s) {
		const most = Math.max(1e-9, ...(s.adv ?? [0]).map(Math.abs)), free = now.rule === "decide", had = document.activeElement?.dataset?.i;
		$(".kd-facts").innerHTML = s.short.map((f, i) => `<li><button type="button" data-i="${i}" aria-pressed="${s.keep[i]}" ${free ? "" : "disabled"} title="${s.adv ? `Q(keep) − Q(drop) = ${s.adv[i].toFixed(4)}` : ""}"><span aria-hidden="true">${s.keep[i] ? "●" : "○"}</span>
<span>${esc(d.say(f))} <small>${s.keep[i] ? "keep" : "drop"}${s.novel[i] ? ", new" : ""}</small></span>${bar(s.adv?.[i], most)}</button></li>`).join("");
		if (free && had != null) $(`[data-i="${had}"]`)?.focus();
		$(".kd-q").textContent = s.adv ? " (bars: Q of keeping minus Q of dropping)" : "";
		$(".kd-gone").textContent = s.gone.length ? `Forgotten: ${s.gone.map(r => d.say([r.h, r.r, r.t])).join("; ")}.` : "Nothing is forgotten at this step.";
	}
	const others = () => rivals ??= ["all", "novel", "location", "learned"].filter(r => r !== "learned" || d.weights).map(rule => [rule, play(d, {...now, rule})]);
	function scores(whole) {
		const list = [...others(), ...(now.rule === "decide" ? [["decide", whole]] : [])];
		$(".kd-score").innerHTML = list.map(([rule, p]) => `<span>${rule === now.rule ? `<strong>${RULES[rule]}</strong>` : RULES[rule]}</span><i><b style="width:${p.steps[now.t].score}%"></b></i><span>${p.steps[now.t].score} of ${now.t + 1}</span><span>${p.score}</span>`).join("");
	}
	function words(s) {
		const q = `Where is the ${d.names[d.question(s.t)]}?`, why = {seen: "it is in sight", nothing: "nothing is remembered", memory: `remembered from step ${s.added}, the best of ${s.of} record${s.of > 1 ? "s" : ""}, used ${s.recalled} time${s.recalled === 1 ? "" : "s"} before`}[s.why];
		return `${q} ${s.reply === null ? "No answer" : `In the ${d.names[s.reply]}`}: ${why}. ${s.right ? "✓ Right" : `✗ Wrong, it is in the ${d.names[d.answer(s.t)]}`}. The agent goes ${MOVES[s.move] === "stay" ? "nowhere" : MOVES[s.move]}.`;
	}
	function draw(quiet) {
		const whole = play(d, now), upto = play(d, now, now.t), s = shown = upto.steps[now.t];
		maps(s, upto.memory); facts(s); scores(whole);
		$(".kd-say").textContent = words(s);
		if (!quiet) $(".kd-quiet").textContent = `Step ${s.t}. ${words(s)} ${s.score} right so far.`;
		for (const e of all("[data-k]")) {e.value = now[e.dataset.k]; const o = e.parentElement.querySelector("b"); if (o) o.textContent = now[e.dataset.k]}
		$("[data-k=t]").ariaValueText = `step ${now.t}, ${s.score} right so far`;
		$("[data-b=reset]").hidden = now.rule !== "decide";
		$("[data-b=play]").textContent = timer ? "Pause" : "Play";
	}
	function set(values, quiet) {
		if (["capacity", "evict"].some(k => k in values && values[k] !== now[k])) rivals = null;
		Object.assign(now, values);
		mine = true; for (const k in values) model.set(k, values[k]); mine = false; model.save_changes?.();
		draw(quiet);
	}
	function halt() {clearInterval(timer); timer = null}
	function run() {
		if (timer) halt();
		else {
			if (now.t >= d.last) now.t = -1;
			timer = setInterval(() => {if (!root.isConnected || now.t >= d.last) {halt(); draw()} else set({t: now.t + 1}, now.t % 10 !== 0)}, 450);
		}
		draw(true);
	}
	const go = by => {halt(); set({t: Math.min(d.last, Math.max(0, now.t + by))})};
	const press = {play: run, back: () => go(-1), on: () => go(1), reset: () => {halt(); set({choices: {}, t: 0})}};
	function toggle(i) {
		const own = [...shown.keep].map(Boolean);
		own[i] = !own[i];
		// another past makes other steps: what was chosen for later ones no longer fits
		set({choices: {...Object.fromEntries(Object.entries(now.choices).filter(([t]) => +t < now.t)), [now.t]: own}});
	}
	on(root, "click", e => {
		const b = e.target.closest("button");
		if (b?.dataset.b) press[b.dataset.b](); else if (b?.dataset.i && now.rule === "decide") toggle(+b.dataset.i);
	});
	on(root, "input", ({target: e}) => {
		const k = e.dataset.k;
		if (!k) return;
		if (k === "t") halt();
		set({[k]: e.type === "range" ? +e.value : e.value, ...(k === "capacity" || k === "evict" ? {choices: {}} : {})});
	});
	on(root, "keydown", e => {
		if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches("select")) return;
		const k = e.key.toLowerCase(), digit = +k - 1;
		if (k === "n") go(1); else if (k === "p") go(-1); else if (now.rule === "decide" && shown.short[digit]) toggle(digit); else return;
		e.preventDefault();
	});
	on($("details"), "toggle", () => draw(true));
	const read = () => {for (const k of KEEP) now[k] = model.get(k) ?? now[k]; now.t = Math.min(d.last, Math.max(0, now.t)); if (!RULES[now.rule] || now.rule === "learned" && !d.weights) now.rule = "location"};
	const follow = () => {if (!mine) {rivals = null; read(); draw(true)}};
	KEEP.forEach(k => model.on?.(`change:${k}`, follow));
	read(); draw(true);
	return root.figure = {
		get now() {return now}, get step() {return shown}, get data() {return d},
		destroy() {halt(); abort.abort(); KEEP.forEach(k => model.off?.(`change:${k}`, follow)); root.remove()},
	};
}

export default {render({model, el}) {const figure = mount(model, el); return () => figure.destroy()}};
