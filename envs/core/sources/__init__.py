"""Where tasks come from: fixed lists, lists of questions and answers, generators. Tasks themselves live elsewhere."""
