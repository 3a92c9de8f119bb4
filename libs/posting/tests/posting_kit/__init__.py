"""What the tests of the posting engine share."""
