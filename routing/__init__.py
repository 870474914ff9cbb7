"""THE DECISION and the case: facts, policy, proposal, cases and their store. Depends on knowledge."""
