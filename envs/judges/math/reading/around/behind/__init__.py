"""What the text behind an answer puts forward as another one."""
