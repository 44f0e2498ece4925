"""The same learning rate in every step."""
