"""Measurements: what the hotline carries on one machine. Not part of the tests."""
