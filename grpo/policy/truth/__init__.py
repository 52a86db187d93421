"""What a policy's log-probs are: what each sequence gives alone; and made-up sequences that tell other ways apart."""
