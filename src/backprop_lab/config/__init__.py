"""Checks configurations and turns them into the objects that the program uses. Imports neither torch nor NumPy."""
