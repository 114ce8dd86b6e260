"""A map of the world as tiles: each country one square, so that none is lost for being small.

Places are of this project's own making: roughly where countries lie, one apart from the other. What
has no tile is named in words by whoever draws.
"""

from __future__ import annotations

TILES: dict[str, tuple[int, int]] = {
    **{"CA": (2, 2), "US": (2, 4), "MX": (2, 6), "CR": (3, 8), "CU": (4, 7)},
    **{"CO": (4, 9), "VE": (5, 9), "PE": (4, 11), "BR": (6, 11), "CL": (4, 13), "AR": (5, 13)},
    **{"UY": (6, 13), "IS": (9, 1), "NO": (12, 1), "SE": (13, 1), "FI": (14, 1), "IE": (9, 3)},
    **{"GB": (10, 3), "DK": (12, 2), "EE": (14, 2), "NL": (11, 3), "DE": (12, 3), "PL": (13, 3)},
    **{"LT": (14, 3), "LV": (15, 3), "BE": (10, 4), "LU": (11, 4), "CZ": (12, 4), "SK": (13, 4)},
    **{"UA": (15, 4), "RU": (17, 2), "FR": (10, 5), "CH": (11, 5), "AT": (12, 5), "HU": (13, 5)},
    **{"RO": (14, 5), "PT": (8, 6), "ES": (9, 6), "IT": (11, 6), "SI": (12, 6), "HR": (13, 6)},
    **{"BG": (14, 6), "GR": (13, 7), "TR": (16, 6), "MA": (8, 8), "TN": (11, 8), "EG": (13, 9)},
    **{"IL": (14, 8), "SA": (15, 9), "QA": (16, 8), "AE": (17, 9), "IR": (17, 7), "SN": (8, 10)},
    **{"GH": (9, 10), "NG": (10, 10), "ET": (14, 10), "UG": (13, 11), "KE": (14, 11)},
    **{"RW": (13, 12), "ZA": (12, 14), "KZ": (18, 4), "UZ": (18, 5), "TJ": (19, 5), "PK": (18, 7)},
    **{"IN": (19, 8), "NP": (20, 7), "BD": (20, 8), "LK": (19, 10), "CN": (21, 6), "MN": (21, 4)},
    **{"KR": (23, 5), "JP": (24, 5), "TW": (23, 7), "HK": (22, 8), "VN": (22, 9), "TH": (21, 9)},
    **{"MY": (21, 10), "SG": (21, 11), "ID": (22, 11), "PH": (23, 9), "AU": (24, 13)},
    **{"NZ": (25, 14)},
}
"""Column and row of each country's tile, from the north-west."""

COLUMNS = 1 + max(column for column, _ in TILES.values())
ROWS = 1 + max(row for _, row in TILES.values())
