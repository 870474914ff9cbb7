"""Trained models of the reading: n-gram machines, a tagger over word vectors and what combines them; numpy only."""
