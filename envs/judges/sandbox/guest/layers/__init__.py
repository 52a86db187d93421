"""The layers of isolation as the fork server puts them on. Guest code: runs under a bare interpreter."""
