"""Reads tables of a user's own: ``source`` the bytes, ``form`` how they are laid out, ``cells`` what they contain, and
``columns`` what becomes of them. ``reading.table`` does it all."""
