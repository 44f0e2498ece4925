"""The interface that all engines share."""
