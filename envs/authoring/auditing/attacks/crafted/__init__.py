"""Completions made for one kind of fault each: universal answers, copies, orders and types, style, talk to a judge."""
