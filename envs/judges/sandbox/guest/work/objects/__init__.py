"""Objects of one child used from the other: what crosses by value, and stand-ins for what stays."""
