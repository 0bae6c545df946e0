"""What is said about a patient's lesions: the only data that a user can change."""
