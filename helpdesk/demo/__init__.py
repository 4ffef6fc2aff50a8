"""A desk that looks lived in: invented people, firms and ninety days of requests, played through the real verbs."""
