"""The form in which people compose rules: nested rows of controls, read into and written from a rule's document."""
