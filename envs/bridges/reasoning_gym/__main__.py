"""Starts the host process; see `host`."""

import socket
import sys

from envs.bridges.reasoning_gym.host import serve

if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        try:
            serve(channel)
        except (EOFError, ConnectionError):
            pass
