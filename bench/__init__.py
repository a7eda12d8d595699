"""How fast the platform is: our pages, exports and imports beside the same work by the raw driver, in one run.

``python -m bench`` (``make bench``) makes its databases once, measures each in a process of its own and prints a row
for each piece of work with the figure to reach (``docs/performance.md``).
"""
