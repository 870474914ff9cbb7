"""What a sentence says: free text → `Reading`."""
