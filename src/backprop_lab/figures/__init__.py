"""Arrays in, a matplotlib Figure out. Nothing is saved here, and pyplot's global state is never touched."""
