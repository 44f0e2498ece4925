"""Nobody."""

IS_NOBODY = True
