"""The web chat: one surface, which only translates between browsers and the neutral talk."""
