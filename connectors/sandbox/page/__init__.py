"""The outbox, as one looks at it in a browser."""
