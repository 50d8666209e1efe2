"""Extensions (延期): asked for with a reason by one person, granted by another, for one branch or for a whole step."""
