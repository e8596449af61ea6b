"""Which record answers, where to walk, what to keep: the fixed rules, each a few lines"""
from collections import deque
from .environment import AT

ANSWER = { # the record with the largest of these is used; among equals, one drawn at random
    "mra": lambda r: (r.added,),              # most recently added
    "mru": lambda r: (r.accessed, r.added),   # most recently used
    "mfu": lambda r: (r.recalled, r.added),   # most frequently used
}

def choose(
    records, # with at least one
    policy:str, # a key of `ANSWER`
    rng,     # draws among equals, by its `random()`
):           # one of them
    "The record that a policy trusts. *Raises* `ValueError` on another policy"
    if policy not in ANSWER: raise ValueError(f"policy: got {policy!r}, expected one of {', '.join(ANSWER)}")
    if len(records) == 1: return records[0]
    key = ANSWER[policy]
    best = max(map(key, records)); equal = [r for r in records if key(r) == best]
    return equal[0] if len(equal) == 1 else equal[int(rng.random()*len(equal))]

def answer(
    question:int, # number of the object asked for
    short,        # facts of this step: (head, relation, tail) numbers
    memory,       # a `Memory`
    policy:str,   # a key of `ANSWER`
    now:int,      # step
    rng,          # draws among equals
)->int|None: # number of a room, or None
    "What is seen comes first, and is no recall; else a long-term record, which is noted as used"
    for h, r, t in short:
        if h == question and r == AT: return t
    records = memory.matching(question, AT)
    if not records: return None
    record = choose(records, policy, rng)
    memory.recall(record, now)
    return record.tail

def believed(
    room:int,   # number of a room
    here:dict,  # (room, direction) -> neighbour or wall, as seen in this step, in the order in which it was seen
    memory,     # a `Memory`
    policy:str, # a key of `ANSWER`, settles contradictions
    wall:int,   # number of the entity `wall`
    rng,        # draws among equals
)->list: # (direction, neighbour)
    "The ways out of a room that the agent believes in, the longest known first (the released code walks its statements in that order)"
    found, fresh = [(records[0].number, d) for d in range(4) if (records := memory.matching(room, d))], [d for r, d in here if r == room]
    order = [d for _, d in sorted(found)]
    order += [d for d in fresh if d not in order]
    to = lambda d: here[room, d] if (room, d) in here else choose(memory.matching(room, d), policy, rng).tail
    return [(d, b) for d in order if (b := to(d)) != wall]

def search(
    start:int, # room
    ways,      # room -> list of (direction, neighbour)
    goal,      # room -> whether to stop there; None searches everything
)->tuple: # (room found or None, {room: (room before, direction)})
    "Breadth-first search"
    parents, queue = {start: None}, deque([start])
    while queue:
        room = queue.popleft()
        if goal is not None and room != start and goal(room): return room, parents
        for d, to in ways(room):
            if to not in parents: parents[to] = room, d; queue.append(to)
    return None, parents

def path_to(
    room:int,     # a key of `parents`
    parents:dict, # from `search`
)->list: # (room, direction, next room), from the start
    "The steps of a path"
    steps = []
    while parents[room] is not None:
        before, d = parents[room]; steps.append((before, d, room)); room = before
    return steps[::-1]

def explore(
    world,      # a `World`: names of rooms and numbers of `agent` and `wall`
    room:int,   # where the agent is
    short,      # facts of this step
    memory,     # a `Memory`
    policy:str, # a key of `ANSWER`, settles contradictions
    now:int,    # step
    rng,        # draws among equals and, when there is no plan, a move
)->int: # 0 to 3 or 4 (stay)
    "The first step towards the nearest room without a memory of having been there; else to the least visited one that can be reached; else a random move"
    here = {(h, r): t for h, r, t in short if r != AT}
    visits = {}
    for r in memory.matching(world.agent, AT): visits[r.tail] = visits.get(r.tail, 0) + 1
    known = {}
    def ways(a):
        if a not in known: known[a] = believed(a, here, memory, policy, world.wall, rng)
        return known[a]
    found, parents = search(room, ways, lambda a: a not in visits)
    if found is None: found = next((a for a in sorted(visits, key=lambda a: (visits[a], world.by_name[a])) if a != room and a in parents), None)
    if found is None: return int(rng.random()*5)
    steps = path_to(found, parents)
    for a, d, b in steps:
        if (a, d) in here: continue # seen at this very step: no recall
        memory.recall(max((r for r in memory.matching(a, d) if r.tail == b), key=lambda r: r.added), now)
    return steps[0][1]

def keep_all(short, memory, rng): return [True]*len(short)
def keep_novel(short, memory, rng): return [f not in memory for f in short]
def keep_random(short, memory, rng): return [rng.random() < .5 for _ in short]
def keep_location(short, memory, rng): return [r == AT for _, r, _ in short]
TRANSFER = {"all": keep_all, "novel": keep_novel, "random": keep_random, "location": keep_location}
