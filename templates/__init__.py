"""The words: what is said to customers, in which language, how long it is and how it looks. Pure."""
