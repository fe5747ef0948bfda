import os

import pytest
from argus_local.servers import free_port
from argus_trainer.mlflow_api import MlflowException, translated
from argus_trainer.outcomes import RegistryDown
from argus_trainer.registry import Registry


def test_nothing_is_reported_to_anybody():
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    from mlflow.telemetry.utils import is_telemetry_disabled

    assert is_telemetry_disabled()


def test_an_error_loses_its_tail_and_the_credentials():
    uri = "http://us:secret@mlflow:5000"
    with pytest.raises(RegistryDown) as raised, translated(uri):
        raise MlflowException(f"POST {uri}/api failed\nwith a long story")
    assert str(raised.value) == ("MLflow at http://mlflow:5000 did not do its part: POST http://mlflow:5000/api failed")


def test_a_dead_server_is_told_in_one_line():
    with pytest.raises(RegistryDown) as raised:
        Registry(f"http://us:secret@127.0.0.1:{free_port()}", "x").champion()
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)
