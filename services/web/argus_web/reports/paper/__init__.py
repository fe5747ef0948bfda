"""PDF: fonts, pages, tables and charts that all our papers share."""
