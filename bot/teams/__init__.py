"""Microsoft Teams: the same talks as Adaptive Cards. Translates only; knows no other surface."""
