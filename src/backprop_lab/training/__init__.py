"""The contract that all engines share."""
