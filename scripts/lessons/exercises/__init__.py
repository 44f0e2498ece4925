"""The exercises of the lessons, one file for each lesson. No solution is written down in any of them.

What is right is found anew each time, by nudging or by torch, and compared with the answer term by term.
"""
