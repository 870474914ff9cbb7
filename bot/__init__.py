"""HOW people meet it: dialogue, views, rendering, surfaces. Depends on routing and knowledge."""
