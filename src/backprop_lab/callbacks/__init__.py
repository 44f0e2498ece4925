"""What happens at the end of each epoch and after the fit, the same for every engine."""
