"""The candidate's child when tests are free-form: loads the source and lets the tests' child use what it defines.

Guest code. Job body: the source. Answers on the judge's socket: `L` it could not be loaded (an error description).
"""

import os

from ...crossing.values import PlainEncoder
from ...crossing.wire import Link
from .loading import described, load, text
from .peer import Peer


def run(link, body, descriptors):
    """Loads the job's source and serves its objects over the second socket until that ends."""
    try:
        module = load(text(body))
    except BaseException as error:
        link.send(b"L", PlainEncoder().encode(described(error)))
        return

    def lookup(name):
        names = module.__dict__
        return [True, names[name]] if name in names else [False, None]

    peer = Peer(Link(descriptors[0]), lambda *request: None, lookup)
    peer.serve_forever()
    os._exit(0)
