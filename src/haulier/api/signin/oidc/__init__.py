"""Signing in through an issuer of OpenID Connect: the authorization code flow with PKCE."""
