"""From the couriers' words to ours: one file a courier, its codes as a table beside it. See README.md."""
