"""The exercises of the lessons, one file for each lesson. None of them contains a solution.

The solution is computed each time, by nudging or with torch, and compared with the answer term by term.
"""
