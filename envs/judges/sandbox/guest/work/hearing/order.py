"""In which orders the same may be done: what is done to one object stays in order, objects that never meet need not.

Guest code.
"""


class Order:
    """Follows which objects have met, over one record.

    Args:
        roots: Numbers of what the code defines itself: its classes and functions, which hold nobody's state.
    """

    def __init__(self, roots):
        self.roots = roots
        self.above = {}

    def groups(self, steps):
        """Yields lists of groups of steps: the lists follow each other, the groups of one list need not.

        Args:
            steps: Entries of a record, read.
        """
        waiting = []
        for step in steps:
            if not self._noted(step):  # a function called for what it does: all else keeps its place around it
                yield self._grouped(waiting)
                yield [[step]]
                waiting = []
            else:
                waiting.append(step)
        yield self._grouped(waiting)

    def _noted(self, step):
        touched = [number for number in step.touched if self._find(number) not in self.roots]
        if step.operation == "getattr" and step.touched:  # a method is its object's, and a class's a root
            for number in step.made:
                self._join(number, step.touched[0])
        met = [*touched, *(number for number in step.made if self._find(number) not in self.roots)]
        for number in met[1:]:
            self._join(number, met[0])
        step.group = met[0] if met else None
        return bool(met) or step.operation == "getattr"

    def _grouped(self, steps):
        found = {}
        for step in steps:
            found.setdefault(None if step.group is None else self._find(step.group), []).append(step)
        return list(found.values())

    def _join(self, number, other):
        own, above = self._find(number), self._find(other)
        if own != above and own not in self.roots:
            self.above[own] = above

    def _find(self, number):
        while number in self.above:
            number = self.above[number]
        return number


def merged(rng, groups):
    """Returns the steps of all groups in one order, chosen by chance, in which each group keeps its own.

    What a step uses has been made before: a method that was read off a class belongs to no object's group.
    """
    waiting = [list(group) for group in groups if group]
    made = {}
    for group in waiting:
        for step in group:
            for number in getattr(step, "made", ()):
                made.setdefault(number, step)
    steps = []
    while waiting:
        ready = [group for group in waiting if not _wanting(group[0], made)] or waiting
        group = rng.choice(ready)
        step = group.pop(0)
        for number in getattr(step, "made", ()):
            made.pop(number, None)
        steps.append(step)
        waiting = [group for group in waiting if group]
    return steps


def _wanting(step, made):
    """Returns whether a step uses what is still to be made by another."""
    return any(made.get(number, step) is not step for number in getattr(step, "touched", ()))
