"""The gateway: what the world sends comes in here, is proved, and goes into the log as it came."""
