"""What is asked of Consonance by its API: queries, their answers as records, and the client."""
