"""Static files under names that carry their content's digest, so that browsers may keep them for good."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites the imports of ES modules too: a new module never meets an old one from a browser's cache."""

    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        """The name with the digest; the plain one where nothing has been collected (development, tests)."""
        return super().stored_name(name) if self.hashed_files else name
