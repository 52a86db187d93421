"""From a completion to a verdict on its code: finds the code, has the sandbox run it, says it as a reward."""
