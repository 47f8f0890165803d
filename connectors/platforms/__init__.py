"""From shop platforms' webhooks, and from tables, to Awizo's events. Pure: no clock, no I/O."""
