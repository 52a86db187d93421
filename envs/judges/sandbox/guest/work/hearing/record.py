"""What the tests' side asked and was told: enough to ask it all again, in another order and of other values.

Guest code.
"""

from ..objects.codec import PeerReader

THEIRS = 1 << 63
MAX_ENTRIES = 2000
MAX_BYTES = 2**20
ROOTS = ("globals", "name classes", "attributes")


class Raised(Exception):
    """What was asked raised, or of an object that was never made."""


class Unrepeatable(Exception):
    """Something that cannot be done again, such as handing over an object of the tests' own."""


class Handle:
    """An object of the candidate's, by its number there. Any two count as equal: what they stand for is not known."""

    __slots__ = ("number",)

    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return type(other) is Handle

    def __hash__(self):
        return 0


class Record:
    """The requests of one run, each with its answer, in order; `whole` until something happened that it cannot hold."""

    def __init__(self):
        self.entries = []
        self.size = 0
        self.whole = True

    def add(self, operation, request, kind, answer):
        """Notes one request."""
        if operation == "describe" or not self.whole:
            return
        self.size += len(request) + len(answer)
        self.whole = self.size <= MAX_BYTES and len(self.entries) < MAX_ENTRIES
        self.entries.append([request, kind, answer])


class Objects:
    """Resolves the numbers in frames: those of the candidate's side become handles.

    Attributes:
        strict: As `Peer.strict`, to the reader: whose side it is.
    """

    strict = False

    def __init__(self, known=None):
        """Looks numbers up in `known`; without it, they stand for themselves."""
        self.known = known

    def found(self, number):
        """See `Peer.found`."""
        if number & THEIRS:
            number &= ~THEIRS
            if self.known is None:
                return Handle(number)
            if number not in self.known:
                raise Raised
            return self.known[number]
        return Handle(number)


class Asked:
    """One entry of a record, read.

    Attributes:
        operation: What was done.
        touched: The numbers of the objects it was done to or with.
        value: What was answered; None where it raised.
        made: The numbers in that.
    """

    def __init__(self, entry):
        request, kind, answer = entry
        self.request = request
        reader = _Numbers()
        self.operation, _, self.arguments, self.keywords = PeerReader(request, reader).decode()
        self.touched = reader.theirs
        if reader.own:
            raise Unrepeatable
        answers = _Numbers()
        told = PeerReader(answer, answers).decode()
        self.value, self.made = (told[0], answers.own) if kind == b"r" else (None, [])

    def message(self, known, literals):
        """Returns the request as it is made of the objects in `known`, with other values in place of the tests' own."""
        operation, target, arguments, keywords = PeerReader(self.request, Objects(known)).decode()
        if operation == "refresh":  # a name stays; a key is what an operator was asked for
            place, value = arguments
            place = place if isinstance(place, str) else literals.of(place, True)
            return [operation, target, [place, literals.of(value, False)], keywords]
        kept = operation in ("getattr", "setattr", "delattr", "__format__")
        shown = operation.startswith("__") and operation != "__call__"
        arguments = [value if kept and not at else literals.of(value, shown) for at, value in enumerate(arguments)]
        return [operation, target, arguments, {key: literals.of(value, shown) for key, value in keywords.items()}]


class _Numbers(Objects):
    """Notes which numbers a frame holds."""

    def __init__(self):
        super().__init__()
        self.theirs, self.own = [], []

    def found(self, number):
        """See `Objects.found`."""
        (self.theirs if number & THEIRS else self.own).append(number & ~THEIRS)
        return super().found(number)


def paired(old, new, known):
    """Notes in `known` which object of a new answer stands where one of the old answer stood."""
    if type(old) is Handle:
        if type(new) is Handle or old.number not in known:  # what was found again once is lost no more
            known[old.number] = new
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        for one, other in zip(old, new, strict=False):
            paired(one, other, known)
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() & new.keys():
            paired(old[key], new[key], known)
