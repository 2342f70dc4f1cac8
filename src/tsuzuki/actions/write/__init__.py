"""How rows are written: ids, one statement for many, the audit log, incidents, files of cells."""
