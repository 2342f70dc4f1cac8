"""How rows are written: ids, bulk inserts, the audit log, incidents, CSV and spreadsheet files."""
