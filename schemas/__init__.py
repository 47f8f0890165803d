"""The vocabulary: what every other room speaks. Pure data, no effects, no SDK."""
