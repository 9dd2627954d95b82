"""The rules, one a file: each says what a payment is for, or nothing."""
