"""Import paths inside the sandbox: the standard library, and the packages the judge lets in, by name.

Guest code. A package is found by its own folder, so that the folder around it need be neither visible nor listed.
"""

import importlib.util
import os
import sys


class NamedPackages:
    """A finder that knows a few packages and where they lie."""

    def __init__(self, folders):
        self.folders = folders

    def find_spec(self, name, path=None, target=None):
        """See `importlib.abc.MetaPathFinder.find_spec`."""
        folder = self.folders.get(name)
        if folder is None:
            return None
        return importlib.util.spec_from_file_location(
            name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
        )


def install(folders, stdlib):
    """Makes `stdlib` the whole import path, and the packages in `folders`, {name: folder}, importable."""
    sys.path[:] = list(stdlib)
    sys.path_importer_cache.clear()
    importlib.util.find_spec("no module of this name")  # finders list their folders now, while they may
    if folders:
        sys.meta_path.append(NamedPackages(folders))
