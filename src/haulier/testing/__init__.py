"""Shipped for plugin authors: conformance suites, fakes, fault injection, real servers."""
