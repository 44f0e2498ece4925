"""Functions from arrays to a matplotlib Figure. Nothing is saved here, and pyplot's global state is never touched."""
