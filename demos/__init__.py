"""Demos and links: what is shown to whom.

``Shelf`` gives each demo as it stands now, ``Versions`` saves one and keeps up with other replicas; ``Links`` finds the
link of an address, and ``Guest`` is who came in.
"""

from holysheep.lazily import offered

__all__, __getattr__ = offered(__name__, __file__)  # from __init__.pyi
