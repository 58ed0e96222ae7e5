"""A guest of the hotline: carries out its TwiML on an Asterisk exchange, over HTTP alone, and signs as Twilio does."""
