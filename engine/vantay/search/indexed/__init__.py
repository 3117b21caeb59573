"""1:N in galleries of any size: a shortlist by codes, then the comparison of those few."""
