"""The last good model on disk."""

import json

import numpy as np
import published
import pytest
from argus_engine.model import AnomalyModel, ModelError
from argus_worker.model_cache import ModelCache


def keep(cache, tmp_path, seed, version):
    files = tmp_path / f"files-{seed}"
    published.model(seed).dump(files)
    model = AnomalyModel.load(files, version)
    cache.keep(files, model)
    return model


def test_what_was_kept_is_loaded_again(tmp_path):
    cache = ModelCache(tmp_path / "cache", "forest")
    assert cache.load() is None
    keep(cache, tmp_path, 1, "1")
    kept = keep(cache, tmp_path, 2, "2")
    found = ModelCache(tmp_path / "cache", "forest").load()
    assert found is not None
    assert (found.version, found.digest) == ("2", kept.digest)
    np.testing.assert_array_equal(found.anomaly(published.ROWS), kept.anomaly(published.ROWS))


def test_only_the_latest_is_kept(tmp_path):
    cache = ModelCache(tmp_path / "cache", "forest")
    keep(cache, tmp_path, 1, "1")
    kept = keep(cache, tmp_path, 2, "2")
    assert {path.name for path in (tmp_path / "cache" / "forest").iterdir()} == {kept.digest, "current.json"}


def test_keeping_the_same_model_again_repairs_it(tmp_path):
    cache = ModelCache(tmp_path / "cache", "forest")
    kept = keep(cache, tmp_path, 1, "1")
    (tmp_path / "cache" / "forest" / kept.digest / "forest.npz").write_bytes(b"damaged")
    keep(cache, tmp_path, 1, "1")
    assert cache.load() is not None


@pytest.mark.parametrize("file", ["forest.npz", "model.json"])
def test_a_changed_file_is_refused(tmp_path, file):
    cache = ModelCache(tmp_path / "cache", "forest")
    kept = keep(cache, tmp_path, 1, "1")
    place = tmp_path / "cache" / "forest" / kept.digest / file
    # Still a model, but another one than was kept.
    place.write_bytes(place.read_bytes() + b"\n" if file == "model.json" else (tmp_path / "none").name.encode())
    with pytest.raises(ModelError):
        cache.load()


def test_another_valid_model_in_its_place_is_refused(tmp_path):
    cache = ModelCache(tmp_path / "cache", "forest")
    kept = keep(cache, tmp_path, 1, "1")
    published.model(2).dump(tmp_path / "cache" / "forest" / kept.digest)
    with pytest.raises(ModelError, match="digest"):
        cache.load()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": "1"}', '{"version": "1", "digest": "../../x"}'])
def test_a_broken_pointer_is_refused(tmp_path, content):
    cache = ModelCache(tmp_path / "cache", "forest")
    keep(cache, tmp_path, 1, "1")
    (tmp_path / "cache" / "forest" / "current.json").write_text(content)
    with pytest.raises(ModelError):
        cache.load()


def test_a_folder_that_others_may_write_is_refused(tmp_path):
    folder = tmp_path / "cache" / "forest"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    with pytest.raises(ModelError, match="writable"):
        ModelCache(tmp_path / "cache", "forest").load()


def test_the_pointer_names_version_and_digest(tmp_path):
    cache = ModelCache(tmp_path / "cache", "forest")
    kept = keep(cache, tmp_path, 1, "9")
    found = json.loads((tmp_path / "cache" / "forest" / "current.json").read_text())
    assert found == {"version": "9", "digest": kept.digest, "trained_at": None}
