"""What follows a proposal: hand-overs, escalation, sharing, links, and all of it together under random people."""
