"""What ``python -m holysheep`` does: each command takes a ``Place`` and gives back what to say. Prints for people in
their language, and JSON for scripts."""
