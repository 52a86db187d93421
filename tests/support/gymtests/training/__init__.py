"""The numpy oracle of the algorithm, rollouts and updates as they come from one training, runs killed and resumed."""
