"""A world of articles whose truth is known, histories of it, and what the program made of them.

`sites` spells one article's address in many ways, `world` is what sources and posts say at present, `documents` writes
it down, `history` lets time pass, ends cycles at random and looks at what was published. All of it follows from a seed.
"""
