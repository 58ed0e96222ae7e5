"""A day at the hotline, played from outside: whole calls, the floor beside them, and what was left afterwards."""
