"""One module per revision. They never import the tables: what they made stays as it was on that day."""
