"""A trained network as a file that stands alone."""
