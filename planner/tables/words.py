"""The words and limits that columns of several tables share."""

LEVELS = ("city", "county", "town", "community", "compound")
IN_SERVICE = "in_service"
STATUSES = (IN_SERVICE, "building", "planned", "closed")
ORIGINS = ("given", "street", "gap")
LINE_KINDS = ("bus", "metro")
SEVERITIES = ("error", "warning", "info")
YES_NO = ("yes", "no")
MOST_PEOPLE = 1e10
"""More than live on Earth: a number of people above it is a telephone number, a code, or a slip."""
SMALLEST_CELL = 5  # persons; map, report and messages show nothing finer (domain notes, R57)
