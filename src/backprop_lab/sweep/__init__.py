"""Sweeps: many runs with their folder, table and pictures, and completing the missing ones."""
