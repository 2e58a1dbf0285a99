"""The report of a hakmem lab run: reading a results folder, drawing it, writing one self-contained page."""
