"""tsuzuki renews mobile lines. ARCHITECTURE.md says which floor holds what."""

from importlib.metadata import version

__version__ = version("tsuzuki")
