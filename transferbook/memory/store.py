"""A graph of facts that remembers when each was added, last used and how often, and that gives up the right one when it is full"""
import math
from collections import defaultdict
from dataclasses import dataclass
from heapq import heappop, heappush

@dataclass(slots=True)
class Record:
    "One fact in long-term memory; the same triple stored twice is two records"
    head: int       # number of an entity
    relation: int   # number of a relation
    tail: int       # number of an entity
    added: int      # step at which it was observed
    accessed: int   # step at which it was last recalled, or observed
    number: int     # how many records of this memory are older
    recalled: int=0 # how often
    place: int=0    # in its bucket

    @property
    def triple(self): return self.head, self.relation, self.tail

EVICT = { # what goes first: the smallest of these; among equals, one drawn at random
    "lru": lambda r: (r.accessed, r.recalled, r.added), # least recently used
    "lfu": lambda r: (r.recalled, r.accessed, r.added), # least frequently used
    "fifo": lambda r: (r.added,),                       # first in, first out
    "random": lambda r: (),
}

def check_triple(
    triple, # (head, relation, tail)
)->tuple:
    "*Raises* `ValueError` unless `triple` is three whole numbers that are not negative"
    try: h, r, t = triple
    except (TypeError, ValueError): raise ValueError(f"triple: got {triple!r}, expected (head, relation, tail)") from None
    if any(isinstance(v, bool) or not isinstance(v, int) or v < 0 for v in (h, r, t)): raise ValueError(f"triple: got {triple!r}, expected three whole numbers, 0 or more")
    return h, r, t

class Memory:
    "Long-term memory: records found by head and relation, evicted in O(log n)"
    def __init__(self,
        capacity:float=128,  # records at most; `math.inf` for no limit
        evict:str="lru",     # a key of `EVICT`
        rng=None,            # draws among equals, by its `random()`; needed once there are equals
    ):
        if isinstance(capacity, bool) or not isinstance(capacity, (int, float)) or math.isnan(capacity) or capacity < 0 or capacity != math.inf and capacity != int(capacity):
            raise ValueError(f"capacity: got {capacity!r}, expected a whole number, 0 or more, or math.inf")
        if evict not in EVICT: raise ValueError(f"evict: got {evict!r}, expected one of {', '.join(EVICT)}")
        self.capacity, self.evict, self.rng = capacity, evict, rng
        self._key, self._pairs, self._triples, self._buckets, self._heap, self._n, self._stored = EVICT[evict], defaultdict(list), defaultdict(int), {}, [], 0, 0

    def __len__(self): return self._n
    def __contains__(self, triple): return self._triples.get(tuple(triple), 0) > 0
    def __iter__(self):
        for records in self._pairs.values(): yield from records

    def matching(self,
        head:int,     # number of an entity
        relation:int, # number of a relation
    )->list[Record]: # in the order in which they were added
        "The records (head, relation, ·)"
        return self._pairs.get((head, relation), ())

    def _put(self, record):
        key = self._key(record)
        bucket = self._buckets.get(key)
        if bucket is None: bucket = self._buckets[key] = []; heappush(self._heap, key)
        record.place = len(bucket); bucket.append(record)

    def _take(self, record):
        key = self._key(record)
        bucket, last = self._buckets[key], self._buckets[key].pop()
        if last is not record: bucket[record.place] = last; last.place = record.place
        if not bucket: del self._buckets[key]

    def add(self,
        triple:tuple, # (head, relation, tail) numbers
        now:int,      # step at which it was observed
    )->Record:
        "Store a fact; the memory may then hold more than its capacity, until `shrink`"
        h, r, t = check_triple(triple)
        record = Record(h, r, t, now, now, self._stored); self._stored += 1
        self._pairs[h, r].append(record); self._triples[h, r, t] += 1; self._n += 1
        self._put(record)
        return record

    def recall(self,
        record:Record, # of this memory
        now:int,       # step
    ):
        "Note that a record was used"
        self._take(record)
        record.accessed, record.recalled = now, record.recalled + 1
        self._put(record)

    def remove(self,
        record:Record, # of this memory
    ):
        "Forget one record"
        self._take(record)
        pair = self._pairs[record.head, record.relation]
        del pair[next(i for i, r in enumerate(pair) if r is record)]
        if not pair: del self._pairs[record.head, record.relation]
        self._triples[record.triple] -= 1; self._n -= 1

    def victim(self)->Record:
        "The record that would go next. *Raises* `ValueError` when there is none"
        if not self._n: raise ValueError("victim: the memory is empty, expected at least one record")
        while self._heap[0] not in self._buckets: heappop(self._heap)
        bucket = self._buckets[self._heap[0]]
        return bucket[0] if len(bucket) == 1 else bucket[int(self.rng.random()*len(bucket))]

    def shrink(self)->list[Record]: # what went, in order
        "Evict until no more than `capacity` records are left"
        gone = []
        while self._n > self.capacity:
            record = self.victim(); self.remove(record); gone.append(record)
        return gone
