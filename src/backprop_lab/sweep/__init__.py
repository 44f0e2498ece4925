"""Many runs of one question: their folder, their table, their pictures, and completing what is missing."""
