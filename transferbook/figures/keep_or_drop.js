// An agent in forty-nine rooms that may carry a few facts away: played out in the page, by a rule,
// by a network or by the reader. First the rooms, the memory and the rules, exported and compared
// with Python; then the figure.

import {
  clamp,
  decodeFlat,
  escapeHtml,
  figureFrom,
  followModel,
  followTheme,
  isShortcut,
  joinMap,
  optionsOf,
  range,
  tableOf,
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
  untrained: "Untrained",
  decide: "You decide",
};
const IN_WORDS = {
  all: "All: keep everything",
  novel: "Novel: keep what is new",
  location: "Location: keep where things are",
  learned: "Learned: a trained network",
  untrained: "Untrained: that network before training",
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
  arrays &&
  Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, decodeFlat(array)]));

export function open(state) {
  const tables = Object.fromEntries(TABLES.map((name) => [name, decodeFlat(state[name])]));
  const { links, where, asked, objects } = tables;
  const { rooms, agent, wall, names, n_static } = state;
  const n = objects.length;
  const link = (t, room, side) => links[(t * rooms + room) * 4 + side];
  const place = (t, i) => where[t * n + i];
  return {
    ...state,
    ...tables,
    learned: decodeAll(state.weights),
    untrained: decodeAll(state.untrained),
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
    // a fact in words
    say([head, relation, tail]) {
      if (relation !== AT) {
        const to = tail === wall ? "a wall" : `the ${names[tail]}`;
        return `${RELATIONS[relation]} of the ${names[head]}: ${to}`;
      }
      return `${head === agent ? "itself" : names[head]} in the ${names[tail]}`;
    },
    // the asked thing; people are asked for by name
    asks(t) {
      const name = names[objects[asked[t]]];
      return asked[t] < n_static ? `the ${name}` : name;
    },
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
export function advantages(W, facts) {
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

// --- an episode; choices: step -> the reader's answers for its facts; other steps follow `base`

const AS_PLAYED = {
  rule: "location",
  base: "location",
  capacity: 128,
  evict: "lru",
  answers: "mru",
  explores: "mru",
  choices: {},
};
// keep or drop for each fact, by a rule; a tie of the network means keep
export function decisions(d, rule, short, memory) {
  if (rule === "all") return short.map(() => true);
  if (rule === "novel") return short.map((fact) => !memory.has(fact));
  if (d[rule]) return advantages(d[rule], short).map((value) => value >= 0);
  return short.map(([, relation]) => relation === AT);
}
export function play(d, options = {}, last = d.last) {
  const how = { ...AS_PLAYED, ...options };
  const { rule, base, capacity, evict, answers, explores, choices } = how;
  const random = draws(d.stream);
  const memory = new Memory(capacity, evict, random);
  const steps = [];
  let room = d.start;
  let score = 0;
  for (let t = 0; t <= last; t++) {
    const short = shuffled(d.facts(t, room), random);
    const told = answer(d.question(t), short, memory, answers, t, random);
    const move = explore(d, room, short, memory, explores, t, random);
    const own = rule === "decide" && choices[t];
    const byRule = decisions(d, rule === "decide" ? base : rule, short, memory);
    const keep = own ? short.map((_, i) => !!own[i]) : byRule;
    short.forEach((fact, i) => {
      if (keep[i]) memory.add(fact, t);
    });
    const gone = memory.shrink();
    const right = told.reply === d.answer(t);
    score += right;
    const { size } = memory;
    steps.push({ t, room, short, keep, own: !!own, ...told, right, move, gone, score, size });
    room = d.step(t, room, move);
  }
  return { steps, score, memory };
}
// the best that an agent without a memory can do: name one room, always; [room, right by step]
export function oneRoom(d) {
  const answers = range(d.last + 1).map(d.answer);
  const countOf = (room) => answers.filter((other) => other === room).length;
  const best = range(d.rooms).reduce((a, b) => (countOf(b) > countOf(a) ? b : a));
  let n = 0;
  return [best, answers.map((room) => (n += room === best))];
}
// what the newest record says of each pair, and how often each room was visited
export function beliefs(d, records) {
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
  "untrained",
  ...TABLES,
];
const CSS = `
.kd {
  --hot: #b34700;
  --know: #005a9c;
  --soft: color-mix(in srgb, currentColor 68%, transparent);
  --line: color-mix(in srgb, currentColor 30%, transparent);
  max-width: 64rem;
  font-size: .95em;
  font-variant-numeric: tabular-nums;
}
.kd[data-dark] { --hot: #ffa76b; --know: #7cc4f5; }
.kd * { box-sizing: border-box; }
.kd [hidden] { display: none !important; }
.kd-bar { display: flex; flex-wrap: wrap; gap: .4em .9em; align-items: end; margin: .4em 0; }
.kd-bar label { display: grid; gap: .1em; font-size: .85em; }
.kd-bar .kd-wide { flex: 1 1 12em; }
.kd input[type="range"] { width: 100%; margin: 0; min-height: 24px; }
.kd :is(select, button) {
  font: inherit;
  color: inherit;
  background: transparent;
  border: 1px solid var(--line);
  border-radius: .4em;
  padding: .2em .6em;
  min-height: 2em;
  max-width: 100%;
}
.kd option { color: #000; background: #fff; }
.kd button:disabled { color: var(--soft); cursor: default; }
.kd :focus-visible { outline: 2px solid var(--hot); outline-offset: 1px; }
.kd-two {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr));
  gap: .3em 1.2em;
}
.kd-two > * { margin: 0; min-width: 0; }
.kd-two > figure { display: grid; grid-row: span 5; grid-template-rows: subgrid; }
.kd svg { display: block; width: 100%; height: auto; }
.kd svg text { font: 10px system-ui, sans-serif; fill: var(--soft); }
.kd svg .kd-known { fill: var(--know); font-weight: 700; }
.kd svg .kd-stale { fill: var(--hot); font-style: italic; }
.kd svg .kd-asked { font-weight: 800; }
.kd.kd h4 { font-size: 1em; margin: .3em 0 .1em; font-weight: 650; }
.kd.kd p { margin: .2em 0; }
.kd-ask { font-size: 1.1em; }
.kd-say { min-height: 4.4em; padding-left: .5em; border-left: 5px solid var(--know); }
.kd-say:has(.kd-no) { border-color: var(--hot); }
.kd ul { list-style: none; margin: 0; padding: 0; }
.kd li :is(button, div) {
  display: grid;
  grid-template-columns: 1.2em 1fr max-content 3.6em;
  gap: .4em;
  align-items: center;
  width: 100%;
  text-align: left;
  margin: .12em 0;
}
.kd li div { padding: .2em .6em; min-height: 2em; border: 1px solid transparent; }
.kd [aria-pressed="false"] { border-style: dashed; }
.kd li svg { height: 1em; }
.kd .kd-table { border-collapse: collapse; width: 100%; font-size: inherit; margin: .3em 0; }
.kd .kd-table :is(th, td) {
  text-align: left;
  padding: .1em .5em .1em 0;
  border: 0;
  font-weight: inherit;
}
.kd .kd-table th { font-size: .85em; color: var(--soft); vertical-align: bottom; }
.kd .kd-table i {
  display: inline-block;
  height: .7em;
  background: var(--know);
  margin-right: .4em;
}
.kd-mem { display: flex; height: .8em; border: 1px solid var(--line); margin-top: .3em; }
.kd-held i { display: inline-block; width: .7em; height: .7em; margin: 0 .2em 0 .5em; }
.kd-quiet {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}
.kd small { font-weight: 400; color: var(--soft); }
`;
const SIDES = ["left", "right"];
const wide = (name, key, limits) =>
  `<label class="kd-wide"><span>${name}</span>
  <input type="range" data-k="${key}" ${limits}></label>`;
const select = (name, key, options) =>
  `<label>${name}<select data-k="${key}">${optionsOf(options)}</select></label>`;
const agentHtml = (side, box) => `<figure><h4 class="kd-name-${side}"></h4>
<p class="kd-say kd-say-${side}"></p><svg class="kd-map-${side}" ${box} role="img"></svg>
<div class="kd-mem kd-mem-${side}"></div><p class="kd-held kd-held-${side}"></p></figure>`;
const STEPS = `
<button type="button" data-b="play">Play</button>
<button type="button" data-b="back" aria-label="One step back">‹</button>
<button type="button" data-b="on" aria-label="One step on">›</button>`;
const LEGEND = `<small>In each room: <b class="kd-l1">bold</b>, what the agent remembers and is
true; grey, what is there and it does not remember; (in brackets), what it remembers and is no
longer true. Solid ring: the asked thing is there; dashed ring: the agent says so, wrongly. ▲ the
agent; green: it remembers having been there; blue ticks: ways that it remembers;
thick: walls.</small>`;
function htmlOf({ last, grid, learned, untrained, hasNew }) {
  const rules = { ...IN_WORDS };
  if (!learned) delete rules.learned;
  if (!untrained) delete rules.untrained;
  const { decide, ...others } = rules;
  const box = `viewBox="-3 -3 ${grid * WIDE + 6} ${grid * HIGH + 6}"`;
  const houses = { test: "the paper's test rooms", unseen: "rooms nobody has seen" };
  const house = hasNew ? select("Rooms", "house", houses) : "";
  return `<style>${CSS}</style>
<div class="kd-bar">${select("Left agent", "rule", rules)}
${select("Right agent", "other", others)}
${STEPS}${wide("Step <b></b>", "t", `min="0" max="${last}" step="1"`)}</div>
<p class="kd-ask"></p>
${LEGEND}
<div class="kd-two">${joinMap(SIDES, (side) => agentHtml(side, box))}</div>
<div class="kd-bar">${wide("Capacity: <b></b> facts", "capacity", 'min="16" max="512" step="8"')}
${select("Who goes when memory is full", "evict", EVICT)}${house}</div>
<p class="kd-note"></p>
<div class="kd-bar"><button type="button" data-b="undo">Undo</button>
<button type="button" data-b="reset">Forget my choices</button></div>
<div class="kd-two">${joinMap(SIDES, (side) => `<div class="kd-see-${side}"></div>`)}</div>
<h4>Right answers</h4><table class="kd-table kd-score"></table>
<details><summary>Where everything is, and where the agents believe it</summary>
<table class="kd-table kd-all"></table></details>
<details><summary>What the left agent remembers</summary><ul class="kd-list"></ul></details>
<div class="kd-quiet" role="status"></div>`;
}

// --- what is drawn

const WIDE = 58; // of a room
const HIGH = 52;
const LINES = 4; // names in a room
const SHIFTS = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
];
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
const count = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

// --- the figure

function mount(model, el) {
  const keys = [...DATA, "stream"];
  const given = Object.fromEntries(keys.map((name) => [name, model.get(name)]));
  const houses = { test: open(given) };
  const other = model.get("unseen");
  if (other) houses.unseen = open({ ...given, ...other });
  const means = model.get("means") ?? {};
  let d = houses.test;
  const place = takePlace(el, "kd", htmlOf({ ...d, hasNew: !!other }));
  const { root, find, findAll, listen } = place;
  const now = {
    rule: "location",
    other: "all",
    base: "location",
    house: "test",
    evict: "lru",
    capacity: 128,
    t: 0,
    choices: {},
  };
  const chosen = Object.keys(now);
  const episodes = new Map(); // what was played, by what was chosen
  const history = []; // what undo brings back
  let timer = null;
  let shown = null; // the left agent's step
  let note = "";

  const ruleOf = (side) => (side === "left" ? now.rule : now.other);
  const asPlayed = (rule) => ({ ...now, rule });
  function episode(rule) {
    const own = rule === "decide" ? [now.base, now.choices] : [];
    const key = JSON.stringify([now.house, now.capacity, now.evict, rule, own]);
    if (episodes.size > 60) episodes.clear();
    if (!episodes.has(key)) episodes.set(key, play(d, asPlayed(rule)).steps);
    return episodes.get(key);
  }
  const rules = () => ["all", "novel", "location", ...["learned", "untrained"].filter((k) => d[k])];
  const nameOf = (entity) => escapeHtml(d.names[entity]);

  // --- the maps

  const cornerOf = (room) => [(room % d.grid) * WIDE, Math.floor(room / d.grid) * HIGH];
  function sideOf(room, side) {
    const [x, y] = cornerOf(room);
    const [right, below] = [x + WIDE, y + HIGH];
    const [top, left] = [`M${x} ${y}h${WIDE}`, `M${x} ${y}v${HIGH}`];
    return [top, `M${right} ${y}v${HIGH}`, `M${x} ${below}h${WIDE}`, left][side];
  }
  const box = (room, inset, look) => {
    const [x, y] = cornerOf(room);
    const size = `width="${WIDE - 2 * inset}" height="${HIGH - 2 * inset}"`;
    return `<rect x="${x + inset}" y="${y + inset}" ${size} ${look}/>`;
  };
  function gridLines() {
    const [w, h] = [WIDE * d.grid, HIGH * d.grid];
    const lines = joinMap(range(d.grid + 1), (i) => `M${WIDE * i} 0V${h}M0 ${HIGH * i}H${w}`);
    return `<path d="${lines}" stroke="currentColor" stroke-opacity=".15" fill="none"/>`;
  }
  function trueWalls(t) {
    const isWall = (r, side) => d.link(t, r, side) === d.wall;
    const walls = joinMap(range(d.rooms), (r) => {
      const closed = range(4).filter((side) => isWall(r, side));
      return joinMap(closed, (side) => sideOf(r, side));
    });
    return `<path d="${walls}" stroke="currentColor" stroke-opacity=".35" stroke-width="2.5"/>`;
  }
  function wayMark({ h, r, t }, holds) {
    const dashed = holds ? "" : 'stroke-dasharray="3 3"';
    if (t === d.wall) {
      return `<path d="${sideOf(h, r)}" stroke="currentColor" stroke-width="3" ${dashed}/>`;
    }
    const [x, y] = cornerOf(h);
    const [dx, dy] = SHIFTS[r];
    const [atX, atY] = [x + (WIDE / 2) * (1 + dx), y + (HIGH / 2) * (1 + dy)];
    const tick = `M${atX} ${atY}l${-8 * dx} ${-8 * dy}`;
    return `<path d="${tick}" stroke="${INK[0]}" stroke-width="4" ${dashed}/>`;
  }
  // the names in a room: [what, how it is known]
  function namesIn(room, t, placed) {
    const asked = d.question(t);
    const there = range(d.objects.length).filter((i) => d.place(t, i) === room);
    const known = (head) => placed.get(head)?.t === room;
    const names = there.map((i) => [d.objects[i], known(d.objects[i]) ? "kd-known" : ""]);
    for (const [head, record] of placed) {
      const isThere = names.some(([other]) => other === head);
      if (record.t === room && !isThere) names.push([head, "kd-stale"]);
    }
    return names.sort((a, b) => (b[0] === asked) - (a[0] === asked));
  }
  function roomText(room, t, placed) {
    const [x, y] = cornerOf(room);
    const names = namesIn(room, t, placed);
    const few = names.length > LINES ? names.slice(0, LINES - 1) : names;
    const lines = joinMap(few, ([head, look], k) => {
      const all = `${look} ${head === d.question(t) ? "kd-asked" : ""}`;
      const name = look === "kd-stale" ? `(${nameOf(head)})` : nameOf(head);
      const tight = name.length > 9 ? `textLength="${WIDE - 5}"` : "";
      const at = `x="${x + 3}" y="${y + 20 + 10 * k}"`;
      const how = `${at} class="${all}" ${tight} lengthAdjust="spacingAndGlyphs"`;
      return `<text ${how}>${name}</text>`;
    });
    const rest = names.length - few.length;
    const more = rest ? `<text x="${x + 3}" y="${y + 50}">and ${rest} more</text>` : "";
    const place = `x="${x + 3}" y="${y + 10}"`;
    return `<text ${place} font-style="italic">${nameOf(room)}</text>${lines}${more}`;
  }
  const visitMark = ([room, n]) =>
    box(room, 0, `fill="${INK[3]}" fill-opacity="${Math.min(0.1 + 0.06 * n, 0.35)}"`);
  function mapOf({ t, room, reply }, records) {
    const { visits, places, ways } = beliefs(d, records);
    const placed = new Map(places.map((record) => [record.h, record]));
    const holds = (record) => d.holds(factOf(record), t, room);
    const [x, y] = cornerOf(room);
    const ring = 'fill="none" stroke="var(--hot)" stroke-width="3"';
    const said = reply !== null && reply !== d.answer(t);
    return (
      joinMap([...visits], visitMark) +
      gridLines() +
      trueWalls(t) +
      joinMap(ways, (record) => wayMark(record, holds(record))) +
      joinMap(range(d.rooms), (r) => roomText(r, t, placed)) +
      box(d.answer(t), 1.5, ring) +
      (said ? box(reply, 1.5, `${ring} stroke-dasharray="5 4"`) : "") +
      `<path d="M${x + WIDE - 8} ${y + 2}l6 10h-12z" fill="var(--hot)"/>`
    );
  }

  // --- what is said, held and seen

  function reason({ t, why, added, recalled, reply }) {
    if (why === "seen") return "it stands there";
    if (why === "nothing") return "it remembers nothing of it";
    const used = recalled ? `, used ${count(recalled, "time")} before` : "";
    const gone = reply === d.answer(t) ? "" : ", no longer true";
    return `remembered from step ${added + 1}${used}${gone}`;
  }
  function reply(step) {
    const said = step.reply === null ? "No answer" : `“In the ${d.names[step.reply]}”`;
    return `${step.right ? "✓ Right" : "✗ Wrong"}. ${said}: ${reason(step)}.`;
  }
  function goes({ move }) {
    return MOVES[move] === "stay" ? "Stays." : `Goes ${MOVES[move]}.`;
  }
  function drawHeld(side, { t, room }, records) {
    const isStale = (record) => record.h !== d.agent && !d.holds(factOf(record), t, room);
    const stale = records.filter(isStale).length;
    const counts = ROLES.map((_, k) => records.filter((r) => d.role(factOf(r)) === k).length);
    const parts = joinMap(
      ROLES,
      (role, k) => `<i style="background:${INK[k]}"></i>${counts[k]} ${role}`,
    );
    find(`.kd-mem-${side}`).innerHTML = joinMap(counts, (n, k) => {
      const width = (100 * n) / now.capacity;
      return `<div style="width:${width}%;background:${INK[k]}"></div>`;
    });
    find(`.kd-held-${side}`).innerHTML =
      `Remembers ${records.length} of ${now.capacity} facts:${parts}; ${stale} no longer true.`;
  }
  const isAsMeasured = () => now.capacity === 128 && now.evict === "lru" && now.house === "test";
  // one episode is one episode: beside its score that of all
  function meanOf(rule) {
    if (means[rule] == null || !isAsMeasured()) return "";
    return `; mean of all episodes ${means[rule].toFixed(1)}`;
  }
  function drawAgent(side) {
    const rule = ruleOf(side);
    const step = episode(rule)[now.t];
    const { memory } = play(d, asPlayed(rule), now.t);
    const records = memory.records();
    const look = step.right ? "" : 'class="kd-no"';
    find(`.kd-name-${side}`).textContent =
      `${side === "left" ? "Left" : "Right"}: ${RULES[rule]}, ` +
      `${step.score} of ${now.t + 1} right, ` +
      `${episode(rule)[d.last].score} in the end${meanOf(rule)}`;
    find(`.kd-say-${side}`).innerHTML =
      `<b ${look}>${escapeHtml(reply(step))}</b> In the ${nameOf(step.room)}. ${goes(step)}`;
    find(`.kd-map-${side}`).innerHTML = mapOf(step, records);
    const { visits, places, ways } = beliefs(d, records);
    find(`.kd-map-${side}`).ariaLabel =
      `Map of the ${side} agent's memory at step ${now.t + 1}, in the ${d.names[step.room]}: ` +
      `${places.length} objects placed, ${visits.size} rooms visited, ` +
      `${ways.length} ways or walls.`;
    drawHeld(side, step, records);
    drawSight(side, rule, step);
    return { step, records };
  }
  function factHtml(side, step, i, adv, most) {
    const fact = step.short[i];
    const verdict = step.keep[i] ? "keep" : "drop";
    const inside = `<span aria-hidden="true">${step.keep[i] ? "●" : "○"}</span>
<span>${escapeHtml(d.say(fact))}</span><span>${verdict}</span>${bar(adv?.[i], most)}`;
    if (side === "right") return `<li><div>${inside}</div></li>`;
    const pressed = `aria-pressed="${step.keep[i]}"`;
    return `<li><button type="button" data-i="${i}" ${pressed}>${inside}</button></li>`;
  }
  function drawSight(side, rule, step) {
    const weights = d[rule === "decide" ? now.base : rule];
    const adv = weights ? advantages(weights, step.short) : null;
    const most = Math.max(1e-9, ...(adv ?? [0]).map(Math.abs));
    const focused = document.activeElement?.dataset?.i;
    const held = side === "left" && root.contains(document.activeElement) && focused != null;
    const who = side === "left" ? "press to keep or drop" : "what it keeps";
    const bars = adv ? "bars: value of keeping minus value of dropping" : "";
    const facts = joinMap(step.short, (_, i) => factHtml(side, step, i, adv, most));
    const forgotten = step.gone.map((record) => d.say(factOf(record))).join("; ");
    const gone = forgotten ? `Forgotten: ${escapeHtml(forgotten)}.` : "Nothing is forgotten.";
    find(`.kd-see-${side}`).innerHTML =
      `<h4>The ${side} agent sees: ${who} <small>${bars}</small></h4>
<ul class="kd-facts-${side}">${facts}</ul><p class="kd-gone-${side}">${gone}</p>`;
    if (held) find(`[data-i="${focused}"]`)?.focus();
  }

  // --- tables

  function drawScores() {
    const withMeans = isAsMeasured() && Object.keys(means).length > 0;
    const head = ["who decides", `so far, of ${now.t + 1}`, "in the end"];
    if (withMeans) head.push("mean of all test episodes");
    const [room, named] = oneRoom(d);
    const track = (n) => `<i style="width:${n / 10}em"></i>${n}`;
    const every = now.rule === "decide" ? [...rules(), "decide"] : rules();
    const rows = every.map((rule) => {
      const isShown = rule === now.rule || rule === now.other;
      const steps = episode(rule);
      const name = isShown ? `<strong>${RULES[rule]}</strong>` : RULES[rule];
      const mean = means[rule] == null ? "" : means[rule].toFixed(1);
      const row = [name, track(steps[now.t].score), steps[d.last].score];
      return withMeans ? [...row, mean] : row;
    });
    const control = [`no memory: always “${nameOf(room)}”`, track(named[now.t]), named[d.last]];
    rows.push(withMeans ? [...control, ""] : control);
    find(".kd-score").innerHTML = tableOf(head, rows);
  }
  function drawLists(left, right) {
    const [all, list] = findAll("details");
    if (all.open) {
      const believed = (records) =>
        new Map(beliefs(d, records).places.map(({ h, t }) => [h, nameOf(t)]));
      const [a, b] = [believed(left.records), believed(right.records)];
      const rows = range(d.objects.length).map((i) => {
        const head = d.objects[i];
        const kind = i < d.n_static ? "" : " <small>wanders</small>";
        const is = nameOf(d.place(now.t, i));
        return [nameOf(head) + kind, is, a.get(head) ?? "–", b.get(head) ?? "–"];
      });
      find(".kd-all").innerHTML = tableOf(["", "is in", "left agent", "right agent"], rows);
    }
    if (!list.open) return;
    const newestFirst = [...left.records].sort((a, b) => b.added - a.added);
    find(".kd-list").innerHTML = joinMap(newestFirst, (record) => {
      const used = record.recalled ? `, used ${count(record.recalled, "time")}` : "";
      const when = `<small>step ${record.added + 1}${used}</small>`;
      return `<li>${escapeHtml(d.say(factOf(record)))} ${when}</li>`;
    });
  }

  // --- who decided

  const mine = (choices = now.choices) => Object.keys(choices).map(Number);
  function whoDecided() {
    if (now.rule !== "decide") return "";
    const n = mine().length;
    const here = shown.own ? "You decided this step" : `${RULES[now.base]} decides this step`;
    return `${here}. ${n} of ${d.last + 1} steps yours; the others follow ${RULES[now.base]}. `;
  }
  function controls() {
    for (const control of findAll("[data-k]")) {
      const key = control.dataset.k;
      const text = control.parentElement.querySelector("b");
      control.value = now[key];
      if (text) text.textContent = key === "t" ? `${now.t + 1} of ${d.last + 1}` : now[key];
    }
    find("[data-k=t]").ariaValueText = `step ${now.t + 1}, ${shown.score} right so far`;
    find("[data-b=undo]").hidden = !history.length;
    find("[data-b=reset]").hidden = !mine().length;
    find("[data-b=play]").textContent = timer ? "Pause" : "Play";
    find(".kd-note").textContent = whoDecided() + note;
  }
  function draw(quietly) {
    d = houses[now.house] ?? houses.test;
    const left = drawAgent("left");
    const right = drawAgent("right");
    shown = left.step;
    const asked = `Where is ${escapeHtml(d.asks(now.t))}?`;
    find(".kd-ask").innerHTML =
      `Step ${now.t + 1} of ${d.last + 1}. <strong>${asked}</strong> ` +
      `(In the ${nameOf(d.answer(now.t))}.)`;
    drawScores();
    drawLists(left, right);
    if (!quietly) {
      find(".kd-quiet").textContent =
        `Step ${now.t + 1}. ${asked} Left agent: ${reply(shown)} ${shown.score} right so far. ` +
        `Right agent: ${reply(right.step)} ${right.step.score} right so far. ` +
        `${whoDecided()}${note}`;
    }
    controls();
  }

  // --- the reader

  function change(values, quietly) {
    Object.assign(now, values);
    set(values);
    model.save_changes?.();
    draw(quietly);
  }
  function remember(past = { ...now }) {
    history.push(past);
    if (history.length > 50) history.shift();
  }
  // other rooms, or another memory: what was chosen no longer fits what is seen
  function setAside(lost, because) {
    const steps = count(lost, "step");
    note = `Your choices at ${steps} are set aside, because ${because}. Undo brings them back.`;
  }
  function leave(before) {
    if (!mine().length) return;
    remember(before);
    setAside(mine().length, "they were made in another episode");
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
      remember();
      setAside(mine().length, "you asked for it");
      change({ choices: {} });
    },
    undo() {
      if (!history.length) return;
      halt();
      note = "Undone.";
      change(history.pop());
      if (!history.length) find("[data-i]")?.focus();
    },
  };
  // another past makes other steps: what was chosen for later ones no longer fits
  function toggle(i) {
    halt();
    remember();
    const own = shown.keep.map(Boolean);
    own[i] = !own[i];
    const takes = takeOver();
    const fits = (t) => !takes.base && t < now.t;
    const kept = mine().filter(fits);
    const lost = mine().filter((t) => !fits(t) && t !== now.t).length;
    const choices = Object.fromEntries(kept.map((t) => [t, now.choices[t]]));
    note = "";
    if (lost) setAside(lost, "another past leads to other facts");
    change({ ...takes, choices: { ...choices, [now.t]: own } });
  }
  const takeOver = () => (now.rule === "decide" ? {} : { base: now.rule, rule: "decide" });
  listen(root, "click", ({ target }) => {
    const { b, i } = target.closest("button")?.dataset ?? {};
    if (b) press[b]();
    else if (i) toggle(+i);
  });
  listen(root, "input", ({ target }) => {
    const key = target.dataset.k;
    if (!key) return;
    if (key === "t") halt();
    const value = target.type === "range" ? +target.value : target.value;
    const takes = key === "rule" && value === "decide" ? takeOver() : {};
    const otherBase = takes.base && takes.base !== now.base;
    const anew = OTHER_PAST.includes(key) || otherBase;
    if (anew) leave({ ...now });
    change({ ...takes, ...(anew ? { choices: {} } : {}), [key]: value });
  });
  listen(root, "keydown", (event) => {
    if (isShortcut(event) || event.target.matches("select")) return;
    const key = event.key.toLowerCase();
    const digit = +key - 1;
    if (key === "n") go(1);
    else if (key === "p") go(-1);
    else if (key === "u") press.undo();
    else if (shown.short[digit]) toggle(digit);
    else return;
    event.preventDefault();
  });
  for (const details of findAll("details")) listen(details, "toggle", () => draw(true));

  const OTHER_PAST = ["capacity", "evict", "house"];
  function read() {
    const before = { ...now };
    for (const key of chosen) now[key] = model.get(key) ?? now[key];
    if (!houses[now.house]) now.house = "test";
    now.t = clamp(now.t, 0, d.last);
    const isKnown = (rule) => RULES[rule] && (rule in d ? d[rule] : true);
    if (!isKnown(now.rule)) now.rule = "location";
    if (!isKnown(now.other) || now.other === "decide") now.other = "all";
    const moved = OTHER_PAST.some((key) => before[key] !== now[key]);
    return moved && before.choices === now.choices ? before : null;
  }
  // from Python or from words in the text; several values may come one after the other
  let isDue = false;
  function heard() {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      halt();
      note = "";
      const before = read();
      if (before && mine().length) {
        leave(before);
        now.choices = {};
        set({ choices: {} });
      }
      draw();
    });
  }
  const set = followModel(model, place, chosen, heard);
  followTheme(place);
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
