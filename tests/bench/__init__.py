"""`make bench`: a scratch desk with many requests, measured against yardsticks in the same run. See docs/bench.md."""
