"""Having what people read reviewed: what is shown where, what reviewers said of it, and the booklet to read it in."""
