"""Settings of the service: ranges, sources and their order, addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from vantay.errors import InvalidSetting
from vantay_service.running.setting_sources import load_engine_settings, load_service_settings
from vantay_service.running.settings import Address, ServiceSettings, read_address


def write(folder: Path, text: str) -> Path:
    file = folder / "service.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_are_sound_and_local() -> None:
    settings = ServiceSettings()
    assert read_address("address", settings.address).is_loopback
    assert read_address("status_address", settings.status_address).is_loopback
    assert settings.plaintext_address == ""
    assert not settings.creates_database


def test_flags_go_before_environment_before_file(tmp_path: Path) -> None:
    file = write(tmp_path, "[service]\ndrain_s = 1\nn_workers = 1\nmax_calls = 1\n")
    environment = {"VANTAY_SERVICE_N_WORKERS": "2", "VANTAY_SERVICE_MAX_CALLS": "2"}
    settings = load_service_settings(file, environment=environment, flags={"max_calls": 3, "drain_s": None})
    assert (settings.drain_s, settings.n_workers, settings.max_calls) == (1.0, 2, 3)


def test_paths_of_a_file_start_at_its_folder(tmp_path: Path) -> None:
    file = write(tmp_path, '[service]\ncertificate_folder = "tls"\nroles_file = "/etc/roles.toml"\n')
    settings = load_service_settings(file)
    assert settings.certificate_folder == tmp_path / "tls"
    assert settings.roles_file == Path("/etc/roles.toml")


def test_certificates_are_beside_the_file_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert load_service_settings(write(tmp_path, "")).certificate_folder == tmp_path / "certs"
    assert load_service_settings().certificate_folder == Path("certs")


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, "[service]\ndrain_s = 7\n")
    assert load_service_settings(environment={"VANTAY_SERVICE_CONFIG": str(file)}).drain_s == 7.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[service]\ndrain = 1\n", "unknown key 'drain': did you mean drain_s"),
        ("[engine]\n", "unknown key 'engine'"),
        ("service = 3\n", "expected a table"),
        ("[service]\nn_workers = 0\n", "n_workers is 0, expected 1 to 256"),
        ("[service]\nn_workers = 1.5\n", "n_workers is 1.5, expected a whole number"),
        ("[service]\nn_workers = true\n", "n_workers is True, expected a whole number"),
        ("[service]\ndrain_s = nan\n", "drain_s is nan"),
        ("[service]\nwith_reflection = 3\n", "expected true or false"),
        ("[service]\nwith_reflection = [1]\n", "expected true or false"),
        ('[service]\naddress = "localhost"\n', "expected host:port"),
        ('[service]\naddress = "::1:80"\n', "expected host:port"),
        ('[service]\naddress = "127.0.0.1:65536"\n', "expected host:port"),
        ('[service]\naddress = ""\n', "expected where to listen"),
        ('[service]\nlog_level = "loud"\n', "expected one of DEBUG"),
        ('[service]\notlp_endpoint = "collector:4317"\n', "expected http://"),
        ("[service]\nmax_bytes_in_flight = 2000\n", "at least max_message_bytes"),
        ("[service", "is not TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_what_was_expected(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidSetting, match=message):
        load_service_settings(write(tmp_path, text))


@pytest.mark.parametrize(
    "host", ["0.0.0.0:80", "[::]:80", "10.1.2.3:80", "localhost:80", "vantay.example:80"]
)
def test_a_plaintext_port_is_refused_where_others_could_reach_it(host: str) -> None:
    with pytest.raises(InvalidSetting, match="expected a loopback address"):
        ServiceSettings(plaintext_address=host)


@pytest.mark.parametrize("host", ["127.0.0.1:80", "127.9.9.9:80", "[::1]:80"])
def test_a_plaintext_port_may_be_on_loopback(host: str) -> None:
    assert ServiceSettings(plaintext_address=host).plaintext_address == host


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="VANTAY_SERVICE_DRAIN: did you mean VANTAY_SERVICE_DRAIN_S"):
        load_service_settings(environment={"VANTAY_SERVICE_DRAIN": "1"})


def test_the_engine_is_set_by_its_own_file_and_variables(tmp_path: Path) -> None:
    file = tmp_path / "vantay.toml"
    file.write_text('[engine]\ndatabase = "people.db"\nn_threads = 2\n')
    environment = {"VANTAY_SERVICE_DRAIN_S": "3", "VANTAY_N_THREADS": "4"}
    engine = load_engine_settings(ServiceSettings(engine_config=file), environment)
    assert (engine.database, engine.n_threads) == (tmp_path / "people.db", 4)


def test_an_address_is_written_as_it_was_read() -> None:
    assert read_address("address", "[::1]:8443") == Address("::1", 8443)
    assert str(Address("::1", 8443)) == "[::1]:8443"
    assert str(read_address("address", "vantay.example:1")) == "vantay.example:1"


def test_the_file_that_is_shipped_says_the_defaults() -> None:
    shipped = Path(__file__).parents[3] / "service" / "deploy" / "service.toml"
    settings = load_service_settings(shipped)
    assert settings.plaintext_address == ""
    assert settings.creates_database is False
    assert settings.drain_s == ServiceSettings().drain_s
