"""From text to a tree of nodes, within counted limits. Evaluates nothing."""
