"""What a configuration may say, and what the rest of the program gets to see of it. Neither torch nor NumPy."""
