"""Timing of several ways to do one thing, in turns, and the table of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

OURS = "imagecapture"


@dataclass
class Way:
    """One way to do it. What ``prepare`` gives goes to ``run``, which alone is timed, unless it tells the seconds itself."""

    run: Callable
    prepare: Callable = lambda: None


@dataclass
class Result:
    """Seconds of each way, and what they should be."""

    number: str
    work: str
    seconds: dict[str, list[float]]
    # The peer, and the largest ratio that meets the target.
    targets: dict[str, float] = field(default_factory=dict)
    # The largest number of seconds, where there is no peer.
    limit: float | None = None

    def rows(self) -> list[list[str]]:
        ours = statistics.median(self.seconds[OURS])
        rows = [[self.number, self.work, OURS, shown(self.seconds[OURS]), "", verdict(ours, self.limit, short)]]
        for peer, seconds in self.seconds.items():
            if peer != OURS:
                ratio = ours / statistics.median(seconds)
                rows.append(["", "", peer, shown(seconds), f"{ratio:.3g}x", verdict(ratio, self.targets.get(peer), lambda x: f"{x:g}x")])
        return rows


def verdict(value: float, limit: float | None, show: Callable[[float], str]) -> str:
    return "" if limit is None else f"{'met' if value <= limit else 'MISSED'} (at most {show(limit)})"


def short(seconds: float) -> str:
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def shown(seconds: list[float]) -> str:
    """The median, and the half of the measurements around it."""
    if len(seconds) < 4:
        return short(statistics.median(seconds))
    low, middle, high = statistics.quantiles(seconds, n=4)
    return f"{short(middle)} ({short(low)} to {short(high)})"


def in_turns(ways: dict[str, Way], rounds: int) -> dict[str, list[float]]:
    """Every way once a round, so that what else the machine does hits all of them; two rounds are not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 2):
        for name, way in ways.items():
            prepared = way.prepare()
            start = time.perf_counter()
            told = way.run(prepared)
            passed = time.perf_counter() - start
            if turn >= 2:
                seconds[name].append(told if isinstance(told, float) else passed)
    return seconds


def table(rows: list[list[str]]) -> str:
    header = ["", "work", "with", "median (middle half)", "ratio", "target"]
    return lines([header, ["---"] * len(header), *rows])


def lines(rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)
