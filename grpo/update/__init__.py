"""From a scored batch to new weights: optimizer steps, micro-batches over ranks, sharding."""
