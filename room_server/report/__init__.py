"""Documents for the file, as PDF: fonts embedded, text that can be searched and copied, no system library."""
