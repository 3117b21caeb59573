"""Where settings come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from vantay.errors import InvalidSetting
from vantay.settings import EngineSettings, load_settings


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "vantay.toml"
    path.write_text('[engine]\ndatabase = "db/people.db"\nn_threads = 3\ntarget_fpir = 1\n')
    return path


def test_defaults_stand_where_nothing_is_said() -> None:
    assert load_settings() == EngineSettings()


def test_file_is_under_environment_is_under_flag(config: Path) -> None:
    environment = {"VANTAY_N_THREADS": "5", "VANTAY_THRESHOLD_FMR": "1e-3"}
    assert load_settings(config).n_threads == 3
    assert load_settings(config, environment=environment).n_threads == 5
    settings = load_settings(config, environment=environment, flags={"n_threads": 7, "max_candidates": None})
    assert (settings.n_threads, settings.threshold_fmr, settings.max_candidates) == (7, 1e-3, 10)
    assert settings.target_fpir == 1.0


def test_a_relative_database_in_a_file_starts_at_the_file(config: Path) -> None:
    assert load_settings(config).database == config.parent / "db" / "people.db"
    flags = {"database": Path("here.db")}
    assert load_settings(config, flags=flags).database == Path("here.db")


def test_environment_may_name_the_file(config: Path) -> None:
    assert load_settings(environment={"VANTAY_CONFIG": str(config)}).n_threads == 3


def test_variables_of_other_parts_are_no_settings() -> None:
    environment = {"VANTAY_MODEL_DIR": "m", "VANTAY_EVAL_DATA": "d", "HOME": "h"}
    assert load_settings(environment=environment) == EngineSettings()


def test_settings_of_the_service_are_left_to_it() -> None:
    assert load_settings(environment={"VANTAY_SERVICE_DRAIN_S": "5"}) == EngineSettings()


def test_unknown_keys_are_refused_with_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "vantay.toml"
    path.write_text("[engine]\nn_thread = 3\n")
    with pytest.raises(
        InvalidSetting, match=r"vantay\.toml: unknown key 'n_thread': did you mean n_threads\?"
    ):
        load_settings(path)
    path.write_text("n_threads = 3\n")
    with pytest.raises(InvalidSetting, match=r"unknown key 'n_threads', expected a table \[engine\]"):
        load_settings(path)
    with pytest.raises(InvalidSetting, match=r"VANTAY_DATABSE: did you mean VANTAY_DATABASE\?"):
        load_settings(environment={"VANTAY_DATABSE": "x"})
    with pytest.raises(InvalidSetting, match="flag unknown key 'zzz', expected one of busy_timeout_ms"):
        load_settings(flags={"zzz": 1})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("n_threads = true", "n_threads is True, expected a whole number"),
        ("n_threads = 1.5", "n_threads is 1.5, expected a whole number"),
        ("n_threads = 0", "n_threads is 0, expected 1 to 1024"),
        ('threshold_fmr = "often"', "threshold_fmr is 'often', expected a number"),
        ("threshold_fmr = 0", "threshold_fmr is 0.0, expected a rate"),
        ("target_fpir = nan", "target_fpir is nan, expected a rate"),
        ("database = 3", "database is 3, expected a path"),
        ('extractor = "magic"', "extractor is 'magic', expected auto, leader or classical"),
        ('face_profile = ""', "face_profile is empty, expected dlib"),
        ('encryption = "rot13"', "encryption is 'rot13', expected aes-256-gcm or none"),
        ("max_candidates = -1", "max_candidates is -1"),
    ],
)
def test_values_that_do_not_fit_are_refused(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "vantay.toml"
    path.write_text(f"[engine]\n{line}\n")
    with pytest.raises(InvalidSetting, match=message):
        load_settings(path)


def test_a_wrong_value_is_told_with_the_place_that_it_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "vantay.toml"
    path.write_text("[engine]\nn_threads = 0\n")
    with pytest.raises(InvalidSetting, match=r"vantay\.toml: n_threads is 0, expected 1 to 1024"):
        load_settings(path)
    environment = {"VANTAY_N_THREADS": "many"}
    with pytest.raises(
        InvalidSetting, match=r"^environment variable VANTAY_N_THREADS: n_threads is 'many', expected a whole"
    ):
        load_settings(environment=environment)
    with pytest.raises(InvalidSetting, match=r"^flag target_fpir: target_fpir is 2\.0, expected a rate"):
        load_settings(flags={"target_fpir": 2})
    assert load_settings(path, flags={"n_threads": 2}).n_threads == 2  # what is overruled is not looked at


def test_files_that_are_no_settings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "vantay.toml"
    with pytest.raises(InvalidSetting, match="cannot be read"):
        load_settings(path)
    with pytest.raises(InvalidSetting, match="cannot be read"):
        load_settings(tmp_path)
    path.write_text("engine = [")
    with pytest.raises(InvalidSetting, match="is not TOML"):
        load_settings(path)
    path.write_text("engine = 3")
    with pytest.raises(InvalidSetting, match="engine is 3"):
        load_settings(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidSetting, match="cannot be read"):
        load_settings(path)


def test_a_database_is_a_file_or_an_address(tmp_path: Path) -> None:
    address = "postgresql://vantay@db.example/people?sslmode=verify-full"
    assert load_settings(environment={"VANTAY_DATABASE": address}).database == address
    assert load_settings(environment={"VANTAY_DATABASE": "people.db"}).database == Path("people.db")
    path = tmp_path / "vantay.toml"
    path.write_text(f'[engine]\ndatabase = "{address}"\nkey_file = "keys/master.key"\n')
    settings = load_settings(path)
    assert settings.database == address
    assert settings.key_file == tmp_path / "keys" / "master.key"


def test_the_master_key_stands_in_no_settings_file_and_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "vantay.toml"
    path.write_text('[engine]\nmaster_key = "abcd"\n')
    with pytest.raises(InvalidSetting, match="stands in a file of its own: name it with key_file") as caught:
        load_settings(path)
    assert "abcd" not in str(caught.value)
    settings = load_settings(environment={"VANTAY_MASTER_KEY": "abcd"})
    assert settings.master_key == "abcd"
    assert "abcd" not in repr(settings)
