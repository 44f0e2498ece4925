"""Turns a run or sweep folder into one self-contained web page."""
