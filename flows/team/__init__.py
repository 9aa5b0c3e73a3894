"""The team's own flow: owners, coordinators, reviewers and stewards, their rights, and what they press."""
