"""Which of a level's offers apply: the admissible set that saves the buyer most.

Offers that conflict form components, and each component is searched by itself: depth first in the order of
application, so that a set's saving grows from its prefix's, with what each offer can take at most as the bound.
Where exclusive groups divide lines, a set is applied anew each time. What bounds the search is work, counted
in rows that effects go through, so that long carts and laborious effects cost no more than others.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from ..types import BuyGet, Per, Percent, Phase
from .candidates import Candidate, members
from .contest import divided, unit_prices
from .effects import Board, Standing, apply, most, take
from .proposals import Key, may_share, same_group

MAX_EXACT = 20
SEARCH_WORK = 24_000
LEAST_WORK = 400
VISIT = 40
SEEDS = 2


def work_per_offer(offers: int) -> int:
    """Return how many rows the searches of one price may go through for each of so many offers."""
    return max(SEARCH_WORK // offers, LEAST_WORK)


class Component(Struct):
    """Offers that conflict, directly or through others: what was chosen of them, and how.

    `parts` are the chosen with the lines of their exclusive groups divided, where the component is `contested`.
    """

    pool: list[Candidate]
    chosen: list[Candidate]
    parts: list[Candidate]
    left_out: list[Candidate] = field(default_factory=list)
    visited: int = 0
    work: int = 0
    exact: bool = True
    contested: bool = False


class Level:
    """The rows at a level's start, and what each offer takes of them alone, or at most in any company.

    `work` is how many rows its searches may go through.
    """

    def __init__(self, board: Board, start: Standing, work: int) -> None:
        self.board = board
        self.start = start
        self.work = work
        self._alone: dict[Key, dict[int, int]] = {}
        self._most: dict[Key, int] = {}

    def alone(self, candidate: Candidate) -> dict[int, int]:
        if candidate.key not in self._alone:
            self._alone[candidate.key] = take(candidate, self.board, self.start).amounts
        return self._alone[candidate.key]

    def most(self, candidate: Candidate) -> int:
        if candidate.key not in self._most:
            self._most[candidate.key] = most(candidate, self.board, self.start)
        return self._most[candidate.key]


def choose(candidates: Sequence[Candidate], level: Level) -> list[Component]:
    """Return the components of a level's candidates, with what each has chosen."""
    pool = sorted(candidates, key=lambda candidate: candidate.order)
    against, together = _edges(pool, level.board.phase)
    per_offer = level.work // max(1, len(pool))
    components = []
    for mask in _components(together):
        mine = members(mask)
        part = [pool[i] for i in mine]
        contested = any(together[i] != against[i] for i in mine)
        if len(part) == 1:
            components.append(Component(part, part, part))
        elif contested and not any(against[i] for i in mine) and all(by_row(candidate) for candidate in part):
            won = {candidate.key for candidate in unit_prices(part, level.alone)}
            chosen = [candidate for candidate in part if candidate.key in won]
            components.append(Component(part, chosen, divided(chosen, level.alone), contested=True))
        elif len(part) <= MAX_EXACT and all(against[i] | 1 << i == mask for i in mine):
            components.append(_best_of(part, level))
        else:
            components.append(_search(part, level, contested, per_offer * len(part)))
    return components


def _best_of(pool: list[Candidate], level: Level) -> Component:
    """Choose among offers that all exclude each other, as vouchers do: the one that takes most, ties by key."""
    start = level.board.work
    totals = [(-sum(level.alone(candidate).values()), candidate.key, candidate) for candidate in pool]
    total, _, best = min(totals, key=lambda entry: entry[:2])
    chosen = [best] if total else []
    level.work -= level.board.work - start
    return Component(pool, chosen, chosen, visited=len(pool), work=level.board.work - start)


def by_row(candidate: Candidate) -> bool:
    """Say whether a line discount takes of each row whatever becomes of the others."""
    effect = candidate.effect
    if candidate.offer.cap is not None or isinstance(effect, BuyGet):
        return False
    return isinstance(effect, Percent) or effect.per is not Per.ONCE


def _edges(pool: list[Candidate], phase: Phase) -> tuple[list[int], list[int]]:
    """Return, as bit sets by offer, who cannot be chosen with whom, and who must be searched together.

    An exclusive group of line discounts is searched together, though its members may all be chosen.
    """
    against, together = [0] * len(pool), [0] * len(pool)
    lines = [candidate.lines for candidate in pool]
    if not any(candidate.proposal.strict for candidate in pool):
        return against, together
    for i, one in enumerate(pool):
        for j, other in enumerate(pool[:i]):
            shared, grouped = lines[i] & lines[j], same_group(one.offer, other.offer)
            apart = not may_share(one.proposal, other.proposal)
            clash = phase is not Phase.LINE_DISCOUNT if grouped else shared and apart
            if clash:
                against[i] |= 1 << j
                against[j] |= 1 << i
            if clash or (grouped and shared):
                together[i] |= 1 << j
                together[j] |= 1 << i
    return against, together


def _components(edges: list[int]) -> list[int]:
    left, found = (1 << len(edges)) - 1, []
    while left:
        reached, frontier = 0, left & -left
        while frontier:
            reached |= frontier
            frontier = _neighbours(frontier, edges) & ~reached
        found.append(reached)
        left &= ~reached
    return found


def _neighbours(mask: int, edges: list[int]) -> int:
    around = 0
    for i in members(mask):
        around |= edges[i]
    return around


def _search(pool: list[Candidate], level: Level, contested: bool, work: int) -> Component:
    useful = sorted((c for c in pool if level.most(c)), key=lambda c: (-level.most(c), c.key))
    heaviest, left_out = useful[:MAX_EXACT], useful[MAX_EXACT:]
    search, start = _Search(heaviest, level, contested, work), level.board.work
    search.seed([candidate.key for candidate in heaviest])
    search.visit([], (1 << len(heaviest)) - 1, level.start, 0)
    level.work -= level.board.work - start
    work, exact = level.board.work - start, not left_out and not search.cut
    return Component(pool, search.best, search.parts, left_out, search.visits, work, exact, contested)


class _Search:
    """The state of one branch and bound. A set is admissible when each of its offers takes something."""

    def __init__(self, pool: list[Candidate], level: Level, contested: bool, work: int) -> None:
        self.pool = sorted(pool, key=lambda candidate: candidate.order)
        self.level, self.board, self.contested = level, level.board, contested
        self.against, _ = _edges(self.pool, self.board.phase)
        self.most = [level.most(candidate) for candidate in self.pool]
        self.cliques = _cliques(self.against, self.most)
        self.best: list[Candidate] = []
        self.parts: list[Candidate] = []
        self.rank: tuple[int, list[Key]] = (0, [])
        self.visits = 0
        self.end = self.board.work + work
        self.cut = False

    def seed(self, heaviest: list[Key]) -> None:
        """Start from what one takes by going from the heaviest offer down, without those that come to nothing."""
        taken, at = 0, {candidate.key: i for i, candidate in enumerate(self.pool)}
        for key in heaviest:
            if not self.against[at[key]] & taken:
                taken |= 1 << at[key]
        chosen = [self.pool[i] for i in members(taken)]
        for _ in range(SEEDS):
            idle = self._record(chosen)
            if not idle:
                return
            chosen = [candidate for candidate in chosen if candidate.key not in idle]
        self._record([self.pool[at[heaviest[0]]]])

    def visit(self, chosen: list[int], allowed: int, now: Standing, saved: int) -> None:
        """Extend a set by each allowed offer that comes after it, as far as the bound gives hope."""
        while allowed:
            if saved + self._rest(allowed) < -self.rank[0]:
                return
            if self.board.work >= self.end:
                self.cut = True
                return
            i = (allowed & -allowed).bit_length() - 1
            allowed &= allowed - 1
            self.visits += 1
            self.board.work += VISIT
            step = self._step(chosen, i, now, saved)
            if step is not None:
                self.visit([*chosen, i], allowed & ~self.against[i], *step)

    def _step(self, chosen: list[int], i: int, now: Standing, saved: int) -> tuple[Standing, int] | None:
        """Return the standing and the bound of what is saved with offer i added, or None for a dead end."""
        if self.contested:
            self._record([self.pool[j] for j in (*chosen, i)])
            return now, saved + self.most[i]
        taking = take(self.pool[i], self.board, now)
        if not taking.amounts:
            return None
        then = now.copy()
        apply(taking, self.board, then)
        saved += sum(taking.amounts.values())
        parts = [self.pool[j] for j in (*chosen, i)]
        self._compare(saved, parts, parts)
        return then, saved

    def _record(self, chosen: list[Candidate]) -> set[Key]:
        """Consider a set if it is admissible; return who takes nothing in it."""
        parts = self._divide(chosen) if self.contested else chosen
        saving, idle = outcome_of(parts, self.level)
        if not idle:
            self._compare(saving, chosen, parts)
        return idle

    def _divide(self, chosen: list[Candidate]) -> list[Candidate]:
        self.board.work += 2 * sum([len(members(c.lines)) for c in chosen if c.offer.exclusive_group is not None])
        return divided(chosen, self.level.alone)

    def _compare(self, saving: int, chosen: list[Candidate], parts: list[Candidate]) -> None:
        if saving < -self.rank[0]:
            return
        rank = (-saving, sorted(candidate.key for candidate in chosen))
        if rank < self.rank:
            self.rank, self.best, self.parts = rank, chosen, parts

    def _rest(self, allowed: int) -> int:
        """Return a bound on what the allowed offers can add: the most of one offer of each clique."""
        total = 0
        for clique in self.cliques:
            for bit, amount in clique:
                if allowed & bit:
                    total += amount
                    break
        return total


def outcome_of(parts: Sequence[Candidate], level: Level) -> tuple[int, set[Key]]:
    """Return what these save when they are applied in their order from the level's start, and who takes nothing."""
    now, total, idle = level.start.copy(), 0, set()
    for candidate in parts:
        taking = take(candidate, level.board, now)
        total += taking.total
        if taking.amounts:
            apply(taking, level.board, now)
        else:
            idle.add(candidate.key)
    return total, idle


def _cliques(against: list[int], most: list[int]) -> list[list[tuple[int, int]]]:
    """Divide offers into groups of which at most one can be chosen, the heaviest of each first."""
    cliques: list[list[tuple[int, int]]] = []
    for i in sorted(range(len(most)), key=lambda i: -most[i]):
        for clique in cliques:
            if all(against[i] & bit for bit, _ in clique):
                clique.append((1 << i, most[i]))
                break
        else:
            cliques.append([(1 << i, most[i])])
    return cliques
