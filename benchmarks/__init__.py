"""Measurements: each module is run by `python -m benchmarks.NAME` and prints ratios taken in one run.

A figure of seconds says something about one machine on one day; the ratio to a named peer or floor says something
about the program. None of them is a test, and none fails.
"""
