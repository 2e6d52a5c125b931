"""HTTP endpoints by who is looking: read the form, call one flow, answer."""
