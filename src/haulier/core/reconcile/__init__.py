"""What each payment is for: references, rules, and the proof that no money is lost."""
