"""Rooms, walls that come and go, objects that wander, one question a step: the author's environment, seeded, opened, and as a table"""
import contextlib, copy, json, random
from importlib.resources import files
import gymnasium
import numpy as np

DIRECTIONS = ("north", "east", "south", "west")
RELATIONS = (*DIRECTIONS, "at_location")
AT = RELATIONS.index("at_location") # number of the relation `at_location`
ROLES = ("link", "wall", "object", "agent") # kinds of fact
MOVES = (*DIRECTIONS, "stay")       # what the agent may do
PATTERNS = ((1, 1, 1, 0, 1), (1, 1, 1, 1, 0, 1, 0, 1, 0, 0), (1, 0), (1, 1, 0, 1, 0, 1), (1, 1, 0, 0, 1), (1, 1, 0, 0), (1, 0, 0), (1, 1, 1, 0, 1, 0, 1, 0, 1),
            (0, 0, 0, 0, 0, 1, 1), (0, 1, 1, 1, 1, 0, 0, 1)) # when an inner wall stands, step by step and over again (room-env 3.0.6)
FIELDS = ("grid_length", "room_names", "room_positions", "room_connections", "static_names", "moving_names", "static_locations", "moving_locations",
          "movement_preferences", "agent_location", "selected_walls", "wall_configs", "question_objects")

def _package(): return files("room_env")/"data"

def layout_names()->list[str]:
    "Names of the layouts that come with `room-env`"
    return sorted(p.name.removeprefix("room-config-").removesuffix("-v3.json") for p in _package().iterdir() if p.name.endswith("-v3.json"))

def layout(
    name:str, # one of `layout_names()`, such as "large-02"
)->dict: # the package's own configuration: `FIELDS` and a seed
    "Read a layout of the package. *Raises* `ValueError` on another name"
    if name not in layout_names(): raise ValueError(f"name: got {name!r}, expected one of {', '.join(layout_names())}")
    return json.loads((_package()/f"room-config-{name}-v3.json").read_text())

def check_layout(
    config:dict, # a layout
)->dict: # the same
    "*Raises* `ValueError`, naming the field, when a field is missing or speaks of a room that is not there"
    if missing := [f for f in FIELDS if f not in config]: raise ValueError(f"config: no field {missing[0]!r}, expected {', '.join(FIELDS)}")
    rooms = set(config["room_names"])
    places = {"agent_location": config["agent_location"]} | {f"{f}[{k!r}]": v for f in ("static_locations", "moving_locations") for k, v in config[f].items()} \
        | {f"room_connections[{r!r}][{d!r}]": n for r, to in config["room_connections"].items() for d, n in to.items() if n != "wall"}
    for where, room in places.items():
        if room not in rooms: raise ValueError(f"config: {where} is {room!r}, expected one of the {len(rooms)} rooms")
    return config

def _connected(connections, walls):
    "Whether every room can be reached with all `walls` standing"
    blocked = {(a, b) for a, b, _ in walls} | {(b, a) for a, b, _ in walls}
    start = next(iter(connections)); seen, todo = {start}, [start]
    while todo:
        room = todo.pop()
        for other in connections[room].values():
            if other != "wall" and other not in seen and (room, other) not in blocked: seen.add(other); todo.append(other)
    return len(seen) == len(connections)

def _grid(rooms, n):
    "Positions and connections of an n × n grid"
    at = lambda i, j: rooms[i*n + j] if 0 <= i < n and 0 <= j < n else "wall"
    where = {rooms[i*n + j]: (i, j) for i in range(n) for j in range(n)}
    return where, {r: dict(north=at(i - 1, j), east=at(i, j + 1), south=at(i + 1, j), west=at(i, j - 1)) for r, (i, j) in where.items()}

def _inner_walls(connections, n_walls, rng):
    "Walls between neighbours, drawn one by one, that leave the rooms connected when all of them stand"
    every = [(r, to[d], kind) for r, to in connections.items() for d, kind in (("south", "horizontal"), ("east", "vertical")) if to[d] != "wall"]
    rng.shuffle(every); chosen = []
    for wall in every:
        if len(chosen) == n_walls: break
        if _connected(connections, [*chosen, wall]): chosen.append(wall)
    if len(chosen) < n_walls: raise ValueError(f"walls: got {n_walls}, expected at most {len(chosen)} for {len(connections)} rooms that stay connected")
    return chosen

def make_layout(
    seed:int,         # of every draw
    grid:int=7,       # rooms a side, odd
    static:int=18,    # objects that stay
    moving:int=18,    # objects that wander
    walls:int=36,     # inner walls that come and go
    names:dict|None=None, # a layout whose names are used; None for "large-02"
)->dict: # in the package's own form
    "A layout that nobody has seen, by the recipe of the package. *Raises* `ValueError` when the names or the walls do not suffice"
    names, rng = names or layout("large-02"), random.Random(seed)
    if grid % 2 == 0 or grid < 3: raise ValueError(f"grid: got {grid}, expected an odd number from 3")
    rooms, s, m = names["room_names"][:grid**2], names["static_names"][:static], names["moving_names"][:moving]
    for what, have, want in (("grid", len(rooms), grid**2), ("static", len(s), static), ("moving", len(m), moving), ("static + moving", grid**2 - 1, static + moving)):
        if have < want: raise ValueError(f"{what}: needs {want}, expected at most {have}")
    where, links = _grid(rooms, grid)
    free = [r for r in rooms if where[r] != (grid//2, grid//2)]
    rng.shuffle(free)
    inner = _inner_walls(links, walls, rng)
    return dict(grid_length=grid, room_names=rooms, room_positions={r: list(p) for r, p in where.items()}, room_connections=links, static_names=s, moving_names=m,
                static_locations=dict(zip(s, free)), moving_locations=dict(zip(m, free[static:])), movement_preferences={o: rng.sample(DIRECTIONS, 4) for o in m},
                agent_location=rooms[grid**2//2], selected_walls=[list(w) for w in inner], wall_configs={"|".join(w): list(rng.choice(PATTERNS)) for w in inner},
                question_objects=[rng.choice([*s, *m]) for _ in range(100)], seed=seed)

@contextlib.contextmanager
def global_random(
    rng:random.Random, # takes the place of the global generator inside the block
):
    "Run code that draws from the module `random` on a generator of its own"
    before = random.getstate(); random.setstate(rng.getstate())
    try: yield
    finally: rng.setstate(random.getstate()); random.setstate(before)

class Rooms(gymnasium.Env):
    "The author's `RoomEnv3` on any layout, in the Gymnasium interface, its shuffles drawn from a generator of its own"
    metadata = {"render_modes": []}
    def __init__(self,
        config:str|dict="large-02", # a layout, or its name
        last:int=99,                # number of the last step: an episode has `last + 1`
    ):
        from room_env.envs.room3 import RoomEnv3 # seconds: it imports more than it uses
        config = check_layout(layout(config) if isinstance(config, str) else config)
        self.env, self._random = RoomEnv3(terminates_at=last, room_size="small-01"), random.Random(0)
        c = copy.deepcopy(config)
        for f in ("grid_length", "room_names", "room_positions", "static_names", "moving_names", "movement_preferences", "selected_walls", "question_objects"): setattr(self.env, f, c[f])
        self.env.base_room_connections, self.env.initial_agent_location = c["room_connections"], c["agent_location"]
        self.env.initial_static_locations, self.env.initial_moving_locations = c["static_locations"], c["moving_locations"]
        self.env.wall_configs = {tuple(k.split("|")): v for k, v in c["wall_configs"].items()}
        self.env.entities = c["room_names"] + c["static_names"] + c["moving_names"] + ["agent", "wall"]
        text = gymnasium.spaces.Text(40)
        triple = gymnasium.spaces.Tuple((text,)*3)
        self.observation_space = gymnasium.spaces.Dict(room=gymnasium.spaces.Sequence(triple), question=triple)
        self.action_space = gymnasium.spaces.Tuple((text, text))

    def reset(self, *,
        seed:int|None=None,    # of the order in which facts are shown; None goes on with the generator as it is
        options:dict|None=None, # unused
    )->tuple: # (observation, info)
        "Begin an episode"
        super().reset(seed=seed)
        if seed is not None: self._random.seed(seed)
        with global_random(self._random): return self.env.reset()

    def step(self,
        action:tuple, # (answer: name of a room or None, move: one of `MOVES`)
    )->tuple: # (observation, reward, terminated, truncated, info)
        "Answer, then move. *Raises* `ValueError` on a move that is none, and before `reset`"
        if not hasattr(self.env, "agent_location"): raise ValueError("step: the episode has not begun, expected `reset` first")
        answer, move = action
        if move not in MOVES: raise ValueError(f"move: got {move!r}, expected one of {', '.join(MOVES)}")
        with global_random(self._random): return self.env.step((answer, move))

class World:
    "A layout as tables: nothing that the agent does moves an object or a wall, so the whole hundred steps are known beforehand"
    def __init__(self,
        config:str|dict="large-02", # a layout, or its name
        last:int=99,                # number of the last step
    ):
        c = check_layout(layout(config) if isinstance(config, str) else config)
        self.names = tuple(dict.fromkeys([*c["room_names"], *c["static_names"], *c["moving_names"], "agent", "wall"])) # 87 names of `large-02` are 85 entities
        self.number = {n: i for i, n in enumerate(self.names)}
        self.objects, self.n_static = tuple(c["static_names"] + c["moving_names"]), len(c["static_names"])
        self.n_rooms, self.grid, self.last, self.start = len(c["room_names"]), c["grid_length"], last, self.number[c["agent_location"]]
        self.agent, self.wall = self.number["agent"], self.number["wall"]
        self.object_numbers = tuple(self.number[o] for o in self.objects)
        self.links = self._links(c)               # [T, rooms, 4]: neighbour or wall, by step
        self.where = self._where(c)               # [T, objects]: room of every object, by step
        asked = [self.objects.index(o) for o in c["question_objects"]]
        self.asked = tuple(asked[t % len(asked)] for t in range(last + 1)) # which object, by step
        self.questions = tuple(self.object_numbers[i] for i in self.asked)   # its number as an entity
        self.answers = tuple(self.where[t][i] for t, i in enumerate(self.asked)) # the room that is right
        self._seen = {}
        self.order = tuple(sorted(range(self.n_rooms), key=lambda r: self.names[r])) # rooms by name
        self.by_name = tuple(np.argsort(self.order).tolist())                        # place of each room in that order

    def _links(self, c):
        base = [[self.number[c["room_connections"][r][d]] for d in DIRECTIONS] for r in c["room_names"]]
        walls = [(self.number[a], self.number[b], 2 if kind == "horizontal" else 1, pattern) for (a, b, kind), pattern in ((k.split("|"), p) for k, p in c["wall_configs"].items())]
        table = []
        for t in range(self.last + 2):
            now = [list(row) for row in base]
            for a, b, side, pattern in walls:
                if pattern[t % len(pattern)]: now[a][side] = now[b][(side + 2) % 4] = self.wall
            table.append(now)
        return table

    def _where(self, c):
        here = [self.number[{**c["moving_locations"], **c["static_locations"]}[o]] for o in self.objects]
        prefer = [[DIRECTIONS.index(d) for d in c["movement_preferences"].get(o, ())] for o in self.objects]
        table = [list(here)]
        for t in range(self.last + 1):
            here = [next((self.links[t][r][d] for d in p if self.links[t][r][d] != self.wall), r) for r, p in zip(here, prefer)]
            table.append(here)
        return table

    def facts(self,
        t:int,    # step
        room:int, # number of the room
    )->list[tuple]: # (head, relation, tail) numbers, in a fixed order: four directions, objects, the agent
        "What the agent sees in `room` at step `t`"
        if (t, room) in self._seen: return self._seen[t, room]
        links, where = self.links[t][room], self.where[t]
        found = self._seen[t, room] = [*((room, d, links[d]) for d in range(4)), *((self.object_numbers[i], AT, room) for i, r in enumerate(where) if r == room), (self.agent, AT, room)]
        return found

    def move(self,
        t:int,         # step
        room:int,      # where the agent is
        direction:int, # 0 to 3, or 4 to stay
    )->int: # where it is next
        "The agent's step: a wall keeps it where it is"
        to = self.links[t][room][direction] if direction < 4 else self.wall
        return room if to == self.wall else to

    def role(self,
        fact:tuple, # (head, relation, tail) numbers
    )->int: # place in `ROLES`
        "What kind of fact it is: a way to another room, a wall, an object's place or the agent's own"
        h, r, t = fact
        return (2 + (h == self.agent)) if r == AT else int(t == self.wall)

    def triple(self,
        fact:tuple, # (head, relation, tail) numbers
    )->tuple: # the same in words
        "A fact in words"
        h, r, t = fact
        return self.names[h], RELATIONS[r], self.names[t]

def shuffled(
    items,  # a list
    rng,    # anything with `random()`, uniform in [0, 1)
)->list:    # a new one
    "Fisher–Yates, written out because the page's JavaScript does the same with the same numbers"
    items = list(items)
    for i in range(len(items) - 1, 0, -1):
        j = int(rng.random()*(i + 1)); items[i], items[j] = items[j], items[i]
    return items
