"""Everything with a main(): the commands of `mathmine`, and the jobs they run."""
