"""The judge's side of the fence: fork servers, their children, levels of isolation, what they see of this machine."""
