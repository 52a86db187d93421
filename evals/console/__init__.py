"""`grpo eval`: its flags, its config file, what it plans and shows. What it does lives in the rooms beside."""
