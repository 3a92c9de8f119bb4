"""What the tests of this service share; it imports contracts only, never the rules that it checks."""
