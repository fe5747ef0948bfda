"""The overview over long ranges."""
