"""The reaction report: what was promised to a customer under a contract in a month, and how it was kept (3.5b, 3.6).

months says which days are meant, coverage which contract served them, reactions judges one request, lines reads them
from the database row by row, figures and overview count; tables, csv_file and xlsx_file hand the same rows over as
files. Nothing here changes anything, and none of it holds a month in memory.
"""
