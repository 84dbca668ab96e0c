"""Side-by-side measurements of Demo Desk and the tools one would pick instead: `python -m bench`.

Every server runs as a process of its own on loopback and is asked over its own public protocol; nothing
here imports a room of the house, so that a measurement cannot be helped by knowing what it measures.
"""
