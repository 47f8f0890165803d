"""What a run leaves behind, as people read it: rows of the files, words, pages, differences between two runs."""
