"""What the model calls cost: prices, budgets that are kept before a call, and a ledger of what was spent."""
