"""Find and match URL patterns: counts by site, candidates for labels, spellings, matching."""
