"""Labels: places for names in a drawing, so that none lies on another."""

from __future__ import annotations

from dataclasses import dataclass

LETTER_WIDTH, LINE_HEIGHT = 6.7, 13.0  # units, of bold text at the small size, generous
MARK_RADIUS = 5.0


def spread_out(values: list[float], distance: float, low: float, high: float) -> list[float]:
    """The values moved as little as keeps them this far apart and, where there is room, between low and high."""
    order = sorted(range(len(values)), key=lambda index: values[index])
    places = list(values)
    floor = low
    for index in order:
        places[index] = max(places[index], floor)
        floor = places[index] + distance
    ceiling = max(high, low + distance * (len(values) - 1))
    for index in reversed(order):
        places[index] = min(places[index], ceiling)
        ceiling = places[index] - distance
    return places


@dataclass(frozen=True)
class Box:
    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: Box) -> float:
        across = min(self.right, other.right) - max(self.left, other.left)
        up = min(self.top, other.top) - max(self.bottom, other.bottom)
        return across * up if across > 0 and up > 0 else 0.0

    def outside(self, frame: Box) -> float:
        return (max(0.0, frame.left - self.left) + max(0.0, self.right - frame.right)
                + max(0.0, frame.bottom - self.bottom) + max(0.0, self.top - frame.top))


@dataclass(frozen=True)
class Spot:
    """A place for a name beside its mark, as a shift from the mark in units, with the side it is aligned to."""

    across: float
    up: float
    align: str


SPOTS = [Spot(9, 0, "left"), Spot(-9, 0, "right"), Spot(0, 13, "center"), Spot(0, -13, "center"), Spot(7, 11, "left"),
         Spot(7, -11, "left"), Spot(-7, 11, "right"), Spot(-7, -11, "right"), Spot(9, 22, "left"), Spot(9, -22, "left")]


def name_spots(marks: list[tuple[float, float, str]], frame: Box) -> list[Spot]:
    """For each mark (x, y, name), in units, the first spot that is free, or else the least crowded."""
    taken = [Box(x - MARK_RADIUS, y - MARK_RADIUS, x + MARK_RADIUS, y + MARK_RADIUS) for x, y, _ in marks]
    chosen = []
    for x, y, name in marks:
        costs = [(crowding(text_box(x, y, name, spot), taken, frame), place) for place, spot in enumerate(SPOTS)]
        best = SPOTS[min(costs)[1]]
        taken.append(text_box(x, y, name, best))
        chosen.append(best)
    return chosen


def text_box(x: float, y: float, name: str, spot: Spot) -> Box:
    width = LETTER_WIDTH * len(name)
    shift = {"left": 0.0, "right": -width, "center": -width / 2}[spot.align]
    left, middle = x + spot.across + shift, y + spot.up
    return Box(left, middle - LINE_HEIGHT / 2, left + width, middle + LINE_HEIGHT / 2)


def crowding(box: Box, taken: list[Box], frame: Box) -> float:
    return sum(box.overlap(other) for other in taken) + 100 * box.outside(frame)
