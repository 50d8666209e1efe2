"""Reads a workbook in a process of its own, with little memory and time: bytes in, lines of JSON out.

`branchportal.workbooks` starts it. It is no part of Django and imports the standard library only, so that it starts at
once and fits into 200 MB together with the largest workbook that it takes.
"""
