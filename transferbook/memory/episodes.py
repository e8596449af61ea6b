"""A hundred steps: answer, walk, keep or drop, forget, look around"""
import random
from .environment import World, shuffled
from .policies import TRANSFER, answer, explore
from .store import Memory

class Episode:
    "An agent on its way: what it sees, what it remembers, and its score so far"
    def __init__(self,
        world:World,           # the rooms
        capacity:float=128,    # of long-term memory
        evict:str="lru",       # a key of `EVICT`
        answers:str="mru",     # a key of `ANSWER`
        explores:str="mru",    # a key of `ANSWER`
        rng=None,              # anything with `random()`; None for a generator of seed 0
    ):
        self.world, self.rng = world, rng or random.Random(0)
        self.memory, self.answers, self.explores = Memory(capacity, evict, self.rng), answers, explores
        self.now, self.room, self.score, self.done, self.reward, self.reply, self.move, self.gone = 0, world.start, 0, False, 0, None, None, []
        self.look()

    def look(self):
        "Fill short-term memory with what is in this room"
        self.short = shuffled(self.world.facts(self.now, self.room), self.rng)

    def act(self)->tuple: # (answer: number of a room or None, move: 0 to 4)
        "Answer the question and choose a direction; both may recall records"
        w = self.world
        self.reply = answer(w.questions[self.now], self.short, self.memory, self.answers, self.now, self.rng)
        self.move = explore(w, self.room, self.short, self.memory, self.explores, self.now, self.rng)
        return self.reply, self.move

    def store(self,
        keep, # one truth value for each fact in `short`
    ):
        "Move what is kept to long-term memory, evict, and let the world go on"
        for fact, yes in zip(self.short, keep, strict=True):
            if yes: self.memory.add(fact, self.now)
        self.gone = self.memory.shrink()
        self.reward = int(self.reply == self.world.answers[self.now])
        self.score += self.reward
        self.room = self.world.move(self.now, self.room, self.move)
        self.now += 1
        self.done = self.now > self.world.last
        if not self.done: self.look()

def play(
    world:World,          # the rooms
    transfer="all",       # a key of `TRANSFER`, or a function (short, memory, rng) -> truth values
    seed:int=0,           # of every draw
    **options,            # of `Episode`
)->int: # score: right answers of `world.last + 1`
    "Play an episode by fixed rules"
    rule = TRANSFER[transfer] if isinstance(transfer, str) else transfer
    e = Episode(world, rng=random.Random(seed), **options)
    while not e.done:
        e.act(); e.store(rule(e.short, e.memory, e.rng))
    return e.score
