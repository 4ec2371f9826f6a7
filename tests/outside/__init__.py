"""What is published, judged from outside: schemas, and the warnings that the W3C's feed validator is known to give.

Nothing here is imported from the program. Its own `finews-feeds check` is one of the judges, and not this one.
"""
