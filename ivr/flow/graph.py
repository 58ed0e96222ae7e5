"""Two questions about arrows between names."""

from collections.abc import Collection, Mapping

Arrows = Mapping[str, Collection[str]]


def reachable(arrows: Arrows, starts: Collection[str]) -> set[str]:
    seen: set[str] = set()
    todo = set(starts)
    while todo:
        name = todo.pop()
        seen.add(name)
        todo |= set(arrows.get(name, ())) - seen
    return seen


def circle(arrows: Arrows) -> tuple[str, ...]:
    """Find one round trip, or none; names without arrows end every path."""
    done: set[str] = set()
    for name in arrows:
        if trip := _walk(arrows, (name,), done):
            return trip
    return ()


def _walk(arrows: Arrows, path: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    here = path[-1]
    if here in path[:-1]:
        return path[path.index(here) :]
    if here in done:
        return ()
    for target in sorted(arrows.get(here, ())):
        if trip := _walk(arrows, (*path, target), done):
            return trip
    done.add(here)
    return ()
