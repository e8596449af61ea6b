// An agent in forty-nine rooms that may carry a few facts away: played out in the page, by a rule,
// by a network or by the reader. First the rooms, the memory and the rules, exported and compared
// with Python; then the figure.

import {
  clamp,
  decodeFlat,
  escapeHtml,
  figureFrom,
  followModel,
  isShortcut,
  joinMap,
  optionsOf,
  range,
  takePlace,
} from "./shared.js";

export const AT = 4; // the relation "is in the room"; the four before are directions
export const MOVES = ["north", "east", "south", "west", "stay"];
export const RELATIONS = ["north", "east", "south", "west", "at_location"];
export const RULES = {
  all: "All",
  novel: "Novel",
  location: "Location",
  learned: "Learned",
  decide: "You decide",
};
export const EVICT = {
  lru: "least recently used",
  lfu: "least frequently used",
  fifo: "first in, first out",
  random: "any",
};

// --- the rooms: tables by step, as in Python's World. A fact is [head, relation, tail].

const TABLES = ["links", "where", "asked", "objects", "by_name", "stream"];
const decodeAll = (arrays) =>
  Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, decodeFlat(array)]));

export function open(state) {
  const tables = Object.fromEntries(TABLES.map((name) => [name, decodeFlat(state[name])]));
  const weights = state.weights && decodeAll(state.weights);
  const { links, where, asked, objects } = tables;
  const { rooms, agent, wall, names } = state;
  const n = objects.length;
  const link = (t, room, side) => links[(t * rooms + room) * 4 + side];
  const place = (t, i) => where[t * n + i];
  return {
    ...state,
    ...tables,
    weights,
    link,
    place,
    question: (t) => objects[asked[t]],
    answer: (t) => place(t, asked[t]),
    facts(t, room) {
      const ways = range(4).map((side) => [room, side, link(t, room, side)]);
      const here = range(n).filter((i) => place(t, i) === room);
      return [...ways, ...here.map((i) => [objects[i], AT, room]), [agent, AT, room]];
    },
    step(t, room, move) {
      const to = move < 4 ? link(t, room, move) : wall;
      return to === wall ? room : to;
    },
    holds([head, relation, tail], now, room) {
      if (relation !== AT) return link(now, head, relation) === tail;
      if (head === agent) return tail === room;
      return range(n).some((i) => objects[i] === head && place(now, i) === tail);
    },
    // 0: a way, 1: a wall, 2: an object, 3: the agent's own place
    role([head, relation, tail]) {
      if (relation !== AT) return +(tail === wall);
      return head === agent ? 3 : 2;
    },
    say: ([head, relation, tail]) =>
      `${names[head]} ${RELATIONS[relation].replace("_", " ")} ${names[tail]}`,
  };
}

// the same numbers as Python draws
export function draws(stream) {
  let i = 0;
  return () => stream[i++ % stream.length] / 65536;
}
const drawFrom = (list, random) => list[Math.floor(random() * list.length)];
const drawIfMany = (list, random) => (list.length === 1 ? list[0] : drawFrom(list, random));
export function shuffled(list, random) {
  const items = [...list];
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

// --- the memory: records by head and relation, and in buckets of equal keys for eviction

const KEYS = {
  lru: (r) => [r.accessed, r.recalled, r.added],
  lfu: (r) => [r.recalled, r.accessed, r.added],
  fifo: (r) => [r.added],
  random: () => [],
};
function isBefore(a, b) {
  const i = a.findIndex((v, k) => v !== b[k]);
  return i >= 0 && a[i] < b[i];
}
const pairOf = (head, relation) => head * 8 + relation;
const factOf = ({ h, r, t }) => [h, r, t];

export class Memory {
  constructor(capacity, evict, random) {
    this.capacity = capacity;
    this.random = random;
    this.key = KEYS[evict];
    this.pairs = new Map();
    this.count = new Map();
    this.buckets = new Map();
    this.size = 0;
    this.stored = 0;
  }
  matching(head, relation) {
    return this.pairs.get(pairOf(head, relation)) ?? [];
  }
  has(fact) {
    return (this.count.get(fact.join()) ?? 0) > 0;
  }
  records() {
    return [...this.pairs.values()].flat();
  }
  putInBucket(record) {
    const key = this.key(record);
    const name = key.join();
    if (!this.buckets.has(name)) this.buckets.set(name, { key, list: [] });
    const { list } = this.buckets.get(name);
    record.place = list.length;
    list.push(record);
  }
  takeFromBucket(record) {
    const name = this.key(record).join();
    const { list } = this.buckets.get(name);
    const last = list.pop();
    if (last !== record) {
      list[record.place] = last;
      last.place = record.place;
    }
    if (!list.length) this.buckets.delete(name);
  }
  countFact(fact, by) {
    const name = fact.join();
    this.count.set(name, (this.count.get(name) ?? 0) + by);
    this.size += by;
  }
  add(fact, now) {
    const [h, r, t] = fact;
    const record = { h, r, t, added: now, accessed: now, recalled: 0, number: this.stored++ };
    const pair = pairOf(h, r);
    if (!this.pairs.has(pair)) this.pairs.set(pair, []);
    this.pairs.get(pair).push(record);
    this.countFact(fact, 1);
    this.putInBucket(record);
  }
  recall(record, now) {
    this.takeFromBucket(record);
    record.accessed = now;
    record.recalled++;
    this.putInBucket(record);
  }
  remove(record) {
    const pair = pairOf(record.h, record.r);
    const list = this.pairs.get(pair);
    this.takeFromBucket(record);
    list.splice(list.indexOf(record), 1);
    if (!list.length) this.pairs.delete(pair);
    this.countFact(factOf(record), -1);
  }
  // forgets until the rest fits; returns what is gone
  shrink() {
    const gone = [];
    while (this.size > this.capacity) {
      let first = null;
      for (const bucket of this.buckets.values()) {
        if (!first || isBefore(bucket.key, first.key)) first = bucket;
      }
      const record = drawIfMany(first.list, this.random);
      this.remove(record);
      gone.push(record);
    }
    return gone;
  }
}

// --- the rules

const TRUST = {
  mra: (r) => [r.added],
  mru: (r) => [r.accessed, r.added],
  mfu: (r) => [r.recalled, r.added],
};
// the record to trust, any of those that are equally good
export function choose(records, policy, random) {
  const key = TRUST[policy];
  let equal = [records[0]];
  for (const record of records.slice(1)) {
    if (isBefore(key(equal[0]), key(record))) equal = [record];
    else if (!isBefore(key(record), key(equal[0]))) equal.push(record);
  }
  return drawIfMany(equal, random);
}

// the room that answers, and why
export function answer(question, short, memory, policy, now, random) {
  const seen = short.find(([head, relation]) => head === question && relation === AT);
  if (seen) return { reply: seen[2], why: "seen" };
  const records = memory.matching(question, AT);
  if (!records.length) return { reply: null, why: "nothing" };
  const record = choose(records, policy, random);
  const { t, added, recalled } = record;
  memory.recall(record, now);
  return { reply: t, why: "memory", added, recalled, of: records.length };
}

// the ways out of a room that the agent sees or remembers, as [side, room]
function believedWays(room, here, memory, policy, wall, random) {
  const firstNumber = (side) => memory.matching(room, side)[0].number;
  const sides = range(4).filter((side) => memory.matching(room, side).length);
  sides.sort((a, b) => firstNumber(a) - firstNumber(b));
  for (const way of here.keys()) {
    if (way >> 2 === room && !sides.includes(way & 3)) sides.push(way & 3);
  }
  const leadsTo = (side) =>
    here.get(room * 4 + side) ?? choose(memory.matching(room, side), policy, random).t;
  return sides.map((side) => [side, leadsTo(side)]).filter(([, to]) => to !== wall);
}

// breadth first from a room, until one that was never visited; [that room or null, how each room
// was reached]
function search(room, visits, waysFrom) {
  const parents = new Map([[room, null]]);
  const queue = [room];
  while (queue.length) {
    const at = queue.shift();
    if (at !== room && !visits.has(at)) return [at, parents];
    for (const [side, to] of waysFrom(at)) {
      if (parents.has(to)) continue;
      parents.set(to, [at, side]);
      queue.push(to);
    }
  }
  return [null, parents];
}
function leastVisited(d, room, visits, parents) {
  const order = (a, b) => visits.get(a) - visits.get(b) || d.by_name[a] - d.by_name[b];
  const rooms = [...visits.keys()].sort(order);
  return rooms.find((other) => other !== room && parents.has(other)) ?? null;
}
// the next move towards a room that was never visited, or the one visited least
export function explore(d, room, short, memory, policy, now, random) {
  const seenWays = short.filter(([, relation]) => relation !== AT);
  const here = new Map(seenWays.map(([head, side, to]) => [head * 4 + side, to]));
  const visits = new Map();
  for (const { t } of memory.matching(d.agent, AT)) visits.set(t, (visits.get(t) ?? 0) + 1);
  const known = new Map();
  function waysFrom(at) {
    if (!known.has(at)) {
      known.set(at, believedWays(at, here, memory, policy, d.wall, random));
    }
    return known.get(at);
  }
  const [unseen, parents] = search(room, visits, waysFrom);
  const goal = unseen ?? leastVisited(d, room, visits, parents);
  if (goal === null) return Math.floor(random() * 5);
  const steps = [];
  for (let at = goal; parents.get(at); at = parents.get(at)[0]) {
    steps.unshift([...parents.get(at), at]);
  }
  const newer = (a, b) => (b.added > a.added ? b : a);
  for (const [from, side, to] of steps) {
    if (here.has(from * 4 + side)) continue;
    const used = memory.matching(from, side).filter(({ t }) => t === to);
    memory.recall(used.reduce(newer), now);
  }
  return steps[0][1];
}

// --- the released network: two graph layers without self-loops, then a duelling head; values of
// keeping minus dropping

const WIDTH = 16;
const silu = (x) => x / (1 + Math.exp(-x));
function layer(x, w, b, k) {
  const out = b ? Float64Array.from(b) : new Float64Array(k);
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < k; j++) out[j] += x[i] * w[i * k + j];
  }
  return out;
}
// each entity sums what its facts' heads send to it
function convolve(facts, vectorOf, w, b) {
  const heard = new Map();
  const nothing = new Float64Array(WIDTH);
  for (const [head, , tail] of facts) {
    if (!heard.has(tail)) heard.set(tail, new Float64Array(WIDTH));
    const total = heard.get(tail);
    layer(vectorOf(head), w, null, WIDTH).forEach((v, i) => (total[i] += v));
  }
  return (entity) => (heard.get(entity) ?? nothing).map((v, i) => silu(v + b[i]));
}
export function advantages(d, facts) {
  const W = d.weights;
  let vectorOf = (entity) => W.embedding.subarray(entity * WIDTH, (entity + 1) * WIDTH);
  for (const depth of [0, 1]) {
    vectorOf = convolve(facts, vectorOf, W[`conv.${depth}.w`], W[`conv.${depth}.b`]);
  }
  return facts.map(([head, , tail]) => {
    const both = [...vectorOf(head), ...vectorOf(tail)];
    const hidden = layer(both, W["advantage.w1"], W["advantage.b1"], WIDTH).map(silu);
    const [keep, drop] = layer(hidden, W["advantage.w2"], W["advantage.b2"], 2);
    return keep - drop;
  });
}

// --- an episode; choices: step -> the reader's answers for its facts

const AS_PLAYED = {
  rule: "location",
  capacity: 128,
  evict: "lru",
  answers: "mru",
  explores: "mru",
  choices: {},
};
export function play(d, options = {}, last = d.last) {
  const { rule, capacity, evict, answers, explores, choices } = { ...AS_PLAYED, ...options };
  const random = draws(d.stream);
  const memory = new Memory(capacity, evict, random);
  const steps = [];
  let room = d.start;
  let score = 0;
  for (let t = 0; t <= last; t++) {
    const short = shuffled(d.facts(t, room), random);
    const told = answer(d.question(t), short, memory, answers, t, random);
    const move = explore(d, room, short, memory, explores, t, random);
    const novel = short.map((fact) => !memory.has(fact));
    const adv = d.weights ? advantages(d, short) : null;
    const own = rule === "decide" && choices[t];
    const byRule = {
      all: () => true,
      novel: (i) => novel[i],
      learned: (i) => adv[i] >= 0,
    };
    const byPlace = (i) => short[i][1] === AT;
    const decide = byRule[rule] ?? byPlace;
    const keep = short.map((_, i) => (own ? !!own[i] : decide(i)));
    short.forEach((fact, i) => {
      if (keep[i]) memory.add(fact, t);
    });
    const gone = memory.shrink();
    const right = told.reply === d.answer(t);
    score += right;
    const { size } = memory;
    steps.push({ t, room, short, adv, novel, keep, ...told, right, move, gone, score, size });
    room = d.step(t, room, move);
  }
  return { steps, score, memory };
}

// --- what the figure is made of

const ROLES = ["ways", "walls", "objects", "own places"];
const INK = ["#56b4e9", "#999999", "#e69f00", "#009e73"];
const DATA = [
  "names",
  "rooms",
  "grid",
  "last",
  "start",
  "agent",
  "wall",
  "n_static",
  "weights",
  ...TABLES,
];
const CSS = `
.kd {
  --hot: #d55e00;
  --line: color-mix(in srgb, currentColor 30%, transparent);
  max-width: 60rem;
  font-size: .95em;
}
.kd * { box-sizing: border-box; }
.kd-bar { display: flex; flex-wrap: wrap; gap: .5em 1em; align-items: end; margin: .4em 0; }
.kd-bar label { display: grid; gap: .1em; font-size: .85em; }
.kd-bar .kd-wide { flex: 1 1 14em; }
.kd input[type="range"] { width: 100%; margin: 0; min-height: 24px; }
.kd :is(select, button) {
  font: inherit;
  color: inherit;
  background: transparent;
  border: 1px solid var(--line);
  border-radius: .4em;
  padding: .25em .6em;
  min-height: 2em;
}
.kd option { color: #000; background: #fff; }
.kd button:disabled { opacity: 1; cursor: default; }
.kd :focus-visible { outline: 2px solid var(--hot); outline-offset: 1px; }
.kd-maps { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1em; }
.kd figure { margin: 0; }
.kd svg { display: block; width: 100%; height: auto; }
.kd h4 { font-size: 1em; margin: .3em 0; font-weight: 650; }
.kd-parts {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr));
  gap: 1em;
  margin-top: .6em;
}
.kd ul { list-style: none; margin: 0; padding: 0; }
.kd-facts button {
  display: grid;
  grid-template-columns: 1.3em 1fr 5.5em;
  gap: .4em;
  align-items: center;
  width: 100%;
  text-align: left;
  margin: .15em 0;
}
.kd-facts [aria-pressed="false"] { border-style: dashed; }
.kd-facts svg { height: 1em; }
.kd-score {
  display: grid;
  grid-template-columns: max-content 1fr max-content max-content;
  gap: .2em .6em;
  align-items: center;
  font-variant-numeric: tabular-nums;
}
.kd-score i { display: block; height: .8em; background: var(--line); position: relative; }
.kd-score i b { position: absolute; inset: 0 auto 0 0; background: #0072b2; }
.kd-mem { display: flex; height: 1.1em; border: 1px solid var(--line); }
.kd-say { min-height: 3em; margin: .4em 0; }
.kd-quiet {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}
.kd small { opacity: .9; font-weight: 400; }
`;
const wide = (name, key, limits) =>
  `<label class="kd-wide"><span>${name}</span>
  <input type="range" data-k="${key}" ${limits}></label>`;
const select = (name, key, options) =>
  `<label>${name}<select data-k="${key}">${options}</select></label>`;
function mapHtml(title, name, grid) {
  const side = grid * CELL + 8;
  const box = `viewBox="-4 -4 ${side} ${side}"`;
  return `<figure><h4>${title}</h4><svg class="${name}" ${box} role="img"></svg></figure>`;
}
const STEPS = `
<button type="button" data-b="play">Play</button>
<button type="button" data-b="back" aria-label="One step back">‹</button>
<button type="button" data-b="on" aria-label="One step on">›</button>
<button type="button" data-b="reset">Forget my choices</button>`;
const PARTS = `
<div><h4>In sight: keep or drop<small class="kd-q"></small></h4>
<ul class="kd-facts"></ul><p class="kd-gone"></p></div>
<div><h4>Right answers so far, and in the end</h4><div class="kd-score"></div>
<h4>Long-term memory</h4><div class="kd-mem" role="img"></div><p class="kd-held"></p>
<details><summary>What is remembered</summary><ul class="kd-list"></ul></details></div>`;
function htmlOf({ last, grid, weights }) {
  const rules = { ...RULES };
  if (!weights) delete rules.learned;
  return `<style>${CSS}</style>
<div class="kd-bar">${select("Who decides what is kept", "rule", optionsOf(rules))}
${select("Who goes when memory is full", "evict", optionsOf(EVICT))}
${wide("Capacity: <b></b> facts", "capacity", 'min="16" max="256" step="8"')}</div>
<div class="kd-bar">${STEPS}${wide("Step <b></b>", "t", `min="0" max="${last}" step="1"`)}</div>
<p class="kd-say"></p>
<div class="kd-maps">${mapHtml("As it is", "kd-true", grid)}
${mapHtml("As the agent believes", "kd-mind", grid)}</div>
<small>■ stays ● wanders ▲ the agent. On the right, filled: still true; hollow with a stroke:
no longer true. Shaded: remembers having been there.</small>
<div class="kd-parts">${PARTS}</div><div class="kd-quiet" role="status"></div>`;
}

// --- marks on the maps, each room a square

const CELL = 40;
const SHIFTS = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
];
const titleOf = (text) => `<title>${escapeHtml(text)}</title>`;
function shapeOf(kind, x, y, look) {
  if (kind === "agent") return `<path d="M${x} ${y - 6}l6 11h-12z" ${look}/>`;
  if (kind === "wanders") return `<circle cx="${x}" cy="${y}" r="4.8" ${look}/>`;
  return `<rect x="${x - 4.5}" y="${y - 4.5}" width="9" height="9" ${look}/>`;
}
// filled while it holds; hollow and crossed out when it no longer does
function markOf(kind, x, y, holds, name) {
  const ink = kind === "agent" ? "var(--hot)" : INK[2];
  const hollow = `fill="none" stroke="${ink}" stroke-width="1.6"`;
  const across = `M${x - 6} ${y + 6}L${x + 6} ${y - 6}`;
  const stroke = `<path d="${across}" stroke="${ink}" stroke-width="1.2"/>`;
  const shape = shapeOf(kind, x, y, holds ? `fill="${ink}"` : hollow);
  return `<g>${titleOf(name)}${shape}${holds ? "" : stroke}</g>`;
}
// up to three marks side by side in a room
function spread(marks, centreOf) {
  const inRoom = new Map();
  return joinMap(marks, ({ room, kind, holds, name }) => {
    const k = inRoom.get(room) ?? 0;
    const [x, y] = centreOf(room);
    inRoom.set(room, k + 1);
    return markOf(kind, x - 10 + 10 * (k % 3), y - 8 + 12 * Math.floor(k / 3), holds, name);
  });
}
// a bar to the left or the right of a middle line
function bar(value, most) {
  if (value == null) return "<span></span>";
  const width = Math.min(30, (30 * Math.abs(value)) / most);
  const from = value < 0 ? 31 - width : 31;
  const ink = value < 0 ? "#d55e00" : "#0072b2";
  const box = `<rect x="${from}" y="2" width="${width}" height="8" fill="${ink}"/>`;
  const middle = '<path d="M31 0V12" stroke="currentColor"/>';
  return `<svg viewBox="0 0 62 12" aria-hidden="true">${middle}${box}</svg>`;
}

// --- the figure

function mount(model, el) {
  const d = open(Object.fromEntries(DATA.map((name) => [name, model.get(name)])));
  const place = takePlace(el, "kd", htmlOf(d));
  const { root, find, findAll, listen } = place;
  const now = { rule: "location", evict: "lru", capacity: 128, t: 0, choices: {} };
  const chosen = Object.keys(now);
  const details = find("details");
  let timer = null;
  let rivals = null; // the rules' episodes at this capacity and eviction
  let shown = null; // the step that is shown

  // --- the two maps

  const cornerOf = (room) => [(room % d.grid) * CELL, Math.floor(room / d.grid) * CELL];
  const centreOf = (room) => cornerOf(room).map((v) => v + CELL / 2);
  function sideOf(room, side) {
    const [x, y] = cornerOf(room);
    const sides = [`${x} ${y}h40`, `${x + 40} ${y}v40`, `${x} ${y + 40}h40`, `${x} ${y}v40`];
    return `M${sides[side]}`;
  }
  function kindOf(head) {
    if (head === d.agent) return "agent";
    return d.objects.indexOf(head) < d.n_static ? "still" : "wanders";
  }
  function gridLines() {
    const end = CELL * d.grid;
    const lines = joinMap(range(d.grid + 1), (i) => `M${CELL * i} 0V${end}M0 ${CELL * i}H${end}`);
    return `<path d="${lines}" stroke="currentColor" stroke-opacity=".15" fill="none"/>`;
  }
  function agentMark(room) {
    const [x, y] = centreOf(room);
    return markOf("agent", x, y + 12, true, "the agent");
  }
  function trueMap({ t, room }) {
    const isWall = (r, side) => d.link(t, r, side) === d.wall;
    const walls = joinMap(range(d.rooms), (r) => {
      const closed = range(4).filter((side) => isWall(r, side));
      return joinMap(closed, (side) => sideOf(r, side));
    });
    const marks = range(d.objects.length).map((i) => ({
      room: d.place(t, i),
      kind: i < d.n_static ? "still" : "wanders",
      holds: true,
      name: d.names[d.objects[i]],
    }));
    const thick = `<path d="${walls}" stroke="currentColor" stroke-width="3" fill="none"/>`;
    return gridLines() + thick + spread(marks, centreOf) + agentMark(room);
  }
  // what the newest record says of each pair, and how often each room was visited
  function beliefs(records) {
    const newest = new Map();
    const visits = new Map();
    for (const record of records) {
      const { h, r, t } = record;
      if (r === AT && h === d.agent) visits.set(t, (visits.get(t) ?? 0) + 1);
      else newest.set(pairOf(h, r), record);
    }
    const all = [...newest.values()];
    const isPlace = ({ r }) => r === AT;
    return { visits, places: all.filter(isPlace), ways: all.filter((r) => !isPlace(r)) };
  }
  function wayMark({ h, r, t }, holds) {
    if (t === d.wall) {
      const dashed = holds ? "" : 'stroke-dasharray="3 4"';
      return `<path d="${sideOf(h, r)}" stroke="currentColor" stroke-width="3" ${dashed}/>`;
    }
    const [x, y] = centreOf(h);
    const [dx, dy] = SHIFTS[r];
    const line = `M${x} ${y}l${20 * dx} ${20 * dy}`;
    const dashed = holds ? "" : 'stroke-dasharray="2 4"';
    return `<path d="${line}" stroke="${INK[0]}" stroke-width="3" ${dashed}/>`;
  }
  function visitMark([room, n]) {
    const [x, y] = cornerOf(room);
    const opacity = Math.min(0.15 + 0.1 * n, 0.5);
    const box = `x="${x}" y="${y}" width="40" height="40"`;
    const name = titleOf(`${d.names[room]}: ${n} visits remembered`);
    return `<rect ${box} fill="${INK[3]}" fill-opacity="${opacity}">${name}</rect>`;
  }
  function mindMap({ t, room }, { visits, places, ways }) {
    const holds = (record) => d.holds(factOf(record), t, room);
    const marks = places.map((record) => ({
      room: record.t,
      kind: kindOf(record.h),
      holds: holds(record),
      name: `${d.names[record.h]}, seen at step ${record.added}`,
    }));
    return (
      gridLines() +
      joinMap([...visits], visitMark) +
      joinMap(ways, (record) => wayMark(record, holds(record))) +
      spread(marks, centreOf) +
      agentMark(room)
    );
  }
  function drawMaps(step, memory) {
    const records = memory.records();
    const mind = beliefs(records);
    const { visits, places, ways } = mind;
    find(".kd-true").innerHTML = trueMap(step);
    find(".kd-mind").innerHTML = mindMap(step, mind);
    const room = d.names[step.room];
    find(".kd-true").ariaLabel = `The rooms at step ${step.t}: the agent is in the ${room}.`;
    find(".kd-mind").ariaLabel =
      `What the agent believes: ${visits.size} rooms visited, ${places.length} objects placed, ` +
      `${ways.length} ways or walls.`;
    drawMemory(step, records);
  }

  // --- what is held

  function drawMemory({ t, room }, records) {
    const isStale = (record) => record.h !== d.agent && !d.holds(factOf(record), t, room);
    const stale = records.filter(isStale).length;
    const counts = ROLES.map((_, k) => records.filter((r) => d.role(factOf(r)) === k).length);
    const parts = ROLES.map((role, k) => `${counts[k]} ${role}`).join(", ");
    const text =
      `${records.length} of ${now.capacity}: ${parts}; ` +
      `apart from those, ${stale} no longer true.`;
    find(".kd-mem").innerHTML = joinMap(counts, (n, k) => {
      const width = (100 * n) / now.capacity;
      return `<div style="width:${width}%;background:${INK[k]}"></div>`;
    });
    find(".kd-mem").ariaLabel = text;
    find(".kd-held").textContent = text;
    if (details.open) listRecords(records);
  }
  function listRecords(records) {
    const newestFirst = records.sort((a, b) => b.added - a.added);
    find(".kd-list").innerHTML = joinMap(newestFirst, (record) => {
      const used = record.recalled ? `, used ${record.recalled} times` : "";
      const when = `<small>step ${record.added}${used}</small>`;
      return `<li>${escapeHtml(d.say(factOf(record)))} ${when}</li>`;
    });
  }
  function drawFacts({ short, adv, keep, novel, gone }) {
    const most = Math.max(1e-9, ...(adv ?? [0]).map(Math.abs));
    const free = now.rule === "decide";
    const focused = document.activeElement?.dataset?.i;
    find(".kd-facts").innerHTML = joinMap(short, (fact, i) => {
      const value = adv ? `Q(keep) − Q(drop) = ${adv[i].toFixed(4)}` : "";
      const verdict = `${keep[i] ? "keep" : "drop"}${novel[i] ? ", new" : ""}`;
      const state = `aria-pressed="${keep[i]}" ${free ? "" : "disabled"} title="${value}"`;
      return `<li><button type="button" data-i="${i}" ${state}>
<span aria-hidden="true">${keep[i] ? "●" : "○"}</span>
<span>${escapeHtml(d.say(fact))} <small>${verdict}</small></span>${bar(adv?.[i], most)}
</button></li>`;
    });
    if (free && focused != null) find(`[data-i="${focused}"]`)?.focus();
    const forgotten = gone.map((record) => d.say(factOf(record))).join("; ");
    find(".kd-q").textContent = adv ? " (bars: Q of keeping minus Q of dropping)" : "";
    find(".kd-gone").textContent = gone.length
      ? `Forgotten: ${forgotten}.`
      : "Nothing is forgotten at this step.";
  }
  function others() {
    const rules = ["all", "novel", "location", ...(d.weights ? ["learned"] : [])];
    rivals ??= rules.map((rule) => [rule, play(d, { ...now, rule })]);
    return rivals;
  }
  function drawScores(whole) {
    const own = now.rule === "decide" ? [["decide", whole]] : [];
    find(".kd-score").innerHTML = joinMap([...others(), ...own], ([rule, { steps, score }]) => {
      const name = rule === now.rule ? `<strong>${RULES[rule]}</strong>` : RULES[rule];
      const soFar = steps[now.t].score;
      const track = `<i><b style="width:${soFar}%"></b></i>`;
      const counted = `<span>${soFar} of ${now.t + 1}</span><span>${score}</span>`;
      return `<span>${name}</span>${track}${counted}`;
    });
  }
  function reason({ why, added, of, recalled }) {
    if (why === "seen") return "it is in sight";
    if (why === "nothing") return "nothing is remembered";
    const best = `the best of ${of} record${of > 1 ? "s" : ""}`;
    const used = `used ${recalled} time${recalled === 1 ? "" : "s"} before`;
    return `remembered from step ${added}, ${best}, ${used}`;
  }
  function words(step) {
    const { t, reply, right, move } = step;
    const said = reply === null ? "No answer" : `In the ${d.names[reply]}`;
    const verdict = right ? "✓ Right" : `✗ Wrong, it is in the ${d.names[d.answer(t)]}`;
    const goes = MOVES[move] === "stay" ? "nowhere" : MOVES[move];
    const asked = `Where is the ${d.names[d.question(t)]}?`;
    return `${asked} ${said}: ${reason(step)}. ${verdict}. The agent goes ${goes}.`;
  }
  function controls() {
    for (const control of findAll("[data-k]")) {
      const key = control.dataset.k;
      const text = control.parentElement.querySelector("b");
      control.value = now[key];
      if (text) text.textContent = now[key];
    }
    find("[data-k=t]").ariaValueText = `step ${now.t}, ${shown.score} right so far`;
    find("[data-b=reset]").hidden = now.rule !== "decide";
    find("[data-b=play]").textContent = timer ? "Pause" : "Play";
  }
  function draw(quietly) {
    const whole = play(d, now);
    const { steps, memory } = play(d, now, now.t);
    shown = steps[now.t];
    drawMaps(shown, memory);
    drawFacts(shown);
    drawScores(whole);
    const said = words(shown);
    find(".kd-say").textContent = said;
    if (!quietly) {
      find(".kd-quiet").textContent = `Step ${shown.t}. ${said} ${shown.score} right so far.`;
    }
    controls();
  }

  // --- the reader

  function change(values, quietly) {
    const moved = (key) => key in values && values[key] !== now[key];
    if (moved("capacity") || moved("evict")) rivals = null;
    Object.assign(now, values);
    set(values);
    model.save_changes?.();
    draw(quietly);
  }
  function halt() {
    clearInterval(timer);
    timer = null;
  }
  function tick() {
    if (root.isConnected && now.t < d.last) {
      change({ t: now.t + 1 }, now.t % 10 !== 0);
      return;
    }
    halt();
    draw();
  }
  function run() {
    if (timer) halt();
    else {
      if (now.t >= d.last) now.t = -1;
      timer = setInterval(tick, 450);
      if (now.t < 0) tick();
    }
    draw(true);
  }
  function go(by) {
    halt();
    change({ t: clamp(now.t + by, 0, d.last) });
  }
  const press = {
    play: run,
    back: () => go(-1),
    on: () => go(1),
    reset() {
      halt();
      change({ choices: {}, t: 0 });
    },
  };
  // another past makes other steps: what was chosen for later ones no longer fits
  function toggle(i) {
    const own = shown.keep.map(Boolean);
    own[i] = !own[i];
    const earlier = Object.entries(now.choices).filter(([t]) => +t < now.t);
    change({ choices: { ...Object.fromEntries(earlier), [now.t]: own } });
  }
  listen(root, "click", ({ target }) => {
    const { b, i } = target.closest("button")?.dataset ?? {};
    if (b) press[b]();
    else if (i && now.rule === "decide") toggle(+i);
  });
  listen(root, "input", ({ target }) => {
    const key = target.dataset.k;
    if (!key) return;
    if (key === "t") halt();
    const value = target.type === "range" ? +target.value : target.value;
    const anew = key === "capacity" || key === "evict" ? { choices: {} } : {};
    change({ [key]: value, ...anew });
  });
  listen(root, "keydown", (event) => {
    if (isShortcut(event) || event.target.matches("select")) return;
    const key = event.key.toLowerCase();
    const digit = +key - 1;
    if (key === "n") go(1);
    else if (key === "p") go(-1);
    else if (now.rule === "decide" && shown.short[digit]) toggle(digit);
    else return;
    event.preventDefault();
  });
  listen(details, "toggle", () => draw(true));

  function read() {
    for (const key of chosen) now[key] = model.get(key) ?? now[key];
    now.t = clamp(now.t, 0, d.last);
    const unknown = !RULES[now.rule] || (now.rule === "learned" && !d.weights);
    if (unknown) now.rule = "location";
  }
  const set = followModel(model, place, chosen, () => {
    rivals = null;
    read();
    draw(true);
  });
  read();
  draw(true);

  root.figure = {
    get now() {
      return now;
    },
    get step() {
      return shown;
    },
    get data() {
      return d;
    },
    destroy() {
      halt();
      place.leave();
    },
  };
  return root.figure;
}

export default figureFrom(mount);
