"""Weights cost nothing."""
