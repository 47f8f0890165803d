"""Customers who answer: what they wish, whom it concerns, and what they are told."""
