"""No penalty."""
