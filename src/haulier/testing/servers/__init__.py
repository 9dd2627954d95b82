"""Real servers for tests, started and stopped by the test that needs them."""
