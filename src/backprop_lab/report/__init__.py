"""A run folder or a sweep folder goes in, one web page comes out, which needs nothing else to be opened."""
