"""What is written to Consonance: mutations where the account has them, else import sheets that a person loads."""
