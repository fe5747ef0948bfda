"""All that is known of one case, as a document that stands by itself."""
