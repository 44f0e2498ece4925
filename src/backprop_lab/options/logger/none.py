"""No logger."""

IS_NOBODY = True
