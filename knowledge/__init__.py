"""WHO and WHAT exists, and what a sentence says. Depends on nothing of ours."""
