"""The customer's pages: no account, no app, no script; one clear thing on each."""
