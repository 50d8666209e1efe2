"""A scheme as an Excel workbook of six sheets, both ways and loss-free (scoring.md, section 3).

`layout` says what stands where, `words` how codes read in Chinese. Writing goes scheme → `entries` → `writing`, reading
goes cells → `grids` → `reading`: the same plain data as a YAML file gives, and for every path of it the cell.
"""
