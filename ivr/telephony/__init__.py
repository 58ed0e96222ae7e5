"""The outside line: accounts, signatures, TwiML, calls out, voices in."""
