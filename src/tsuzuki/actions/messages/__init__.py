"""What is told: letters to people, webhooks to programs."""
