"""What callers may do, and what they are told when they may not."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import vantay
from search.random_fingers import capture_again, make_finger
from vantay.engine import Engine
from vantay.errors import (
    AlreadyEnrolled,
    CallerError,
    DataCorruption,
    ExtractionFailed,
    IncompatibleTemplate,
    InvalidSample,
    InvalidTemplate,
    StateError,
    StoreUnavailable,
    SubjectNotFound,
)
from vantay.fingerprint.codec import encode
from vantay.search import FingerSource, finger_extractor
from vantay.settings import EngineSettings
from vantay.store import SubjectStatus
from vantay.types import FingerImage, FingerPosition, FingerTemplate
from vantay_datasets.synthetic.fingerprint import PatternClass, make_impression, make_master

RIGHT_INDEX, LEFT_INDEX = FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX
UNKNOWN = FingerPosition.UNKNOWN
PATTERNS = (
    PatternClass.LEFT_LOOP,
    PatternClass.RIGHT_LOOP,
    PatternClass.TENTED_ARCH,
    PatternClass.WHORL,
)


@pytest.fixture
def settings(tmp_path: Path) -> EngineSettings:
    return EngineSettings(database=tmp_path / "vantay.db", extractor="classical")


@pytest.fixture
def engine(settings: EngineSettings) -> Iterator[Engine]:
    with Engine.open(settings=settings) as opened:
        yield opened


def fingers(person: int) -> dict[FingerPosition, FingerSource]:
    return {p: make_finger(10 * person + p, p) for p in (RIGHT_INDEX, LEFT_INDEX)}


def fingers_again(person: int) -> dict[FingerPosition, FingerSource]:
    return {p: capture_again(make_finger(10 * person + p, p), 3) for p in (RIGHT_INDEX, LEFT_INDEX)}


def print_of(finger: int, impression: int) -> FingerImage:
    return make_impression(make_master(finger, pattern=PATTERNS[finger % 4]), impression).image


def glare_image() -> FingerImage:
    """Make an image that is readable, but without a ridge in it."""
    pixels = np.tile(np.arange(300, dtype=np.float64) / 4, (300, 1)).astype(np.uint8)
    return FingerImage(pixels, 500.0, name="glare.png")


def test_images_are_enrolled_verified_and_identified(engine: Engine) -> None:
    for person in range(3):
        receipt = engine.enrol(f"P{person}", {RIGHT_INDEX: print_of(person, 1)})
        assert receipt.failures == ()
        assert receipt.encounter.templates[0].extractor == "classical"
    probe = {RIGHT_INDEX: print_of(1, 2)}
    assert engine.verify("P1", probe).is_match
    assert not engine.verify("P2", probe).is_match
    result = engine.identify(probe)
    assert [c.subject_id for c in result.matches] == ["P1"]
    assert result.n_searched == 3
    stages = {"filter", "codes", "sketches", "compare"}
    assert set(result.timings_ms) == {"extract", "prepare", "follow_store"} | stages
    assert result.probe_qualities[RIGHT_INDEX] > 0
    assert not engine.identify({RIGHT_INDEX: print_of(9, 1)}).is_known


def test_compare_needs_no_enrolment(engine: Engine) -> None:
    mated = engine.compare(print_of(1, 1), print_of(1, 2))
    non_mated = engine.compare(print_of(1, 1), print_of(2, 2))
    assert mated.score > 40 > non_mated.score
    assert engine.stats().n_subjects == 0


def test_an_engine_without_a_store_extracts_and_compares(settings: EngineSettings, tmp_path: Path) -> None:
    engine = Engine.without_store(settings)
    mated = engine.compare(print_of(1, 1), print_of(1, 2))
    assert mated.score > engine.verification_threshold() == 40
    assert engine.verification_threshold(1e-2) == 20
    template = engine.extract(print_of(1, 1), position=RIGHT_INDEX)
    record = engine.make_record(template, vantay.RecordFormat.ANSI_378_2004)
    (tmp_path / "finger.fmr").write_bytes(record)
    (read,) = engine.read_record(tmp_path / "finger.fmr")
    assert (read.position, read.n_minutiae) == (RIGHT_INDEX, template.n_minutiae)
    assert engine.read_record(record) == [read]
    with pytest.raises(InvalidSample, match=r"finger\.fmr is a template record"):
        engine.read_image(tmp_path / "finger.fmr")
    assert engine.read_image(replace(print_of(1, 1), ppi=1000.0)).ppi == 500
    for call in (engine.stats, lambda: engine.show("A"), lambda: engine.identify(fingers(1))):
        with pytest.raises(StateError, match=r"without an enrolment database.*Engine\.open"):
            call()
    engine.close()
    assert [f.name for f in tmp_path.iterdir()] == ["finger.fmr"]


@pytest.mark.parametrize("n_threads", [1, 3])
def test_many_images_give_their_templates_in_order(settings: EngineSettings, n_threads: int) -> None:
    engine = Engine.without_store(replace(settings, n_threads=n_threads))
    flat = FingerImage(np.zeros((300, 300), np.uint8), 500.0, name="flat")
    images = [print_of(1, 1), flat, glare_image(), print_of(2, 1), *[print_of(1, 2)] * 3]
    results = list(engine.extract_many(images, position=RIGHT_INDEX))
    assert [type(r).__name__ for r in results[1:3]] == ["InvalidSample", "ExtractionFailed"]
    templates = [r for r in results if isinstance(r, FingerTemplate)]
    assert templates == [engine.extract(i, position=RIGHT_INDEX) for i in (images[0], *images[3:])]


def test_images_that_are_extracted_together_are_as_many_as_the_threads_need(
    settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []

    class Counting:
        name, version = "counting", "1"

        def extract_many(self, images: Sequence[FingerImage]) -> list[FingerTemplate]:
            batches.append(len(images))
            return [make_finger(1) for _ in images]

    monkeypatch.setattr(finger_extractor, "make_extractor", lambda *_, **__: Counting())
    engine = Engine.without_store(replace(settings, n_threads=2))
    results = engine.extract_many(itertools.repeat(glare_image(), 19))
    next(results)
    assert batches == [8]  # no more than these are in memory
    assert len(list(results)) == 18
    assert batches == [8, 8, 3]


def test_a_subject_from_enrolment_to_erasure(engine: Engine) -> None:
    captured_at = datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC)
    engine.enrol("A", fingers(1), captured_at=captured_at, source="desk 3")
    engine.enrol("B", fingers(2))
    engine.enrol("A", fingers_again(1), add_encounter=True)
    shown = engine.show("A")
    assert (shown.encounters[0].captured_at, shown.encounters[0].source) == (captured_at, "desk 3")
    assert [(s.subject_id, s.n_encounters) for s in engine.list_subjects()] == [("A", 2), ("B", 1)]
    assert [s.subject_id for s in engine.list_subjects(after="A", limit=1)] == ["B"]
    assert [c.subject_id for c in engine.identify(fingers_again(1)).matches] == ["A"]
    assert engine.erase("A").n_templates == 4
    assert not engine.identify(fingers_again(1)).is_known
    assert engine.show("A").status is SubjectStatus.ERASED
    with pytest.raises(SubjectNotFound, match="'A' was erased"):
        engine.verify("A", fingers_again(1))
    statistics = engine.stats()
    assert (statistics.n_subjects, statistics.n_erased, statistics.n_templates) == (1, 1, 2)


def test_enrolment_states_are_respected(engine: Engine) -> None:
    with pytest.raises(SubjectNotFound, match="no subject 'A'"):
        engine.enrol("A", fingers(1), add_encounter=True)
    engine.enrol("A", fingers(1))
    with pytest.raises(AlreadyEnrolled, match="'A' is enrolled already"):
        engine.enrol("A", fingers(1))
    for call in (engine.show, engine.erase, lambda s: engine.verify(s, fingers(1))):
        with pytest.raises(SubjectNotFound, match="no subject 'Z'"):
            call("Z")


def test_records_are_taken_like_the_templates_in_them(engine: Engine, tmp_path: Path) -> None:
    finger = make_finger(1, RIGHT_INDEX)
    path = tmp_path / "finger.fmr"
    path.write_bytes(encode(finger))
    for source in (finger, path, str(path), path.read_bytes()):
        assert engine.extract(source, position=RIGHT_INDEX) == finger
    assert engine.extract(replace(finger, position=UNKNOWN), position=LEFT_INDEX).position is LEFT_INDEX


def test_a_source_that_says_it_is_another_finger_is_refused(engine: Engine) -> None:
    finger = make_finger(1, RIGHT_INDEX)
    image = replace(print_of(1, 1), position=RIGHT_INDEX)
    for source in (finger, encode(finger), image):
        with pytest.raises(
            IncompatibleTemplate, match="says that it is RIGHT_INDEX, but was given as LEFT_INDEX"
        ):
            engine.enrol("A", {LEFT_INDEX: source})
    assert engine.stats().n_subjects == 0


def test_unreadable_sources_are_refused_with_their_name(engine: Engine, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.fmr"
    damaged.write_bytes(encode(make_finger(1))[:40])
    with pytest.raises(InvalidTemplate, match=r"damaged\.fmr"):
        engine.enrol("A", {RIGHT_INDEX: damaged})
    with pytest.raises(InvalidSample, match=r"missing\.png"):
        engine.enrol("A", {RIGHT_INDEX: tmp_path / "missing.png", LEFT_INDEX: make_finger(1, LEFT_INDEX)})
    with pytest.raises(InvalidSample, match="no finger and no face was given"):
        engine.enrol("A", {})
    assert engine.stats().n_subjects == 0


def test_fingers_that_give_no_template_are_reported_beside_the_others(engine: Engine) -> None:
    receipt = engine.enrol("A", {RIGHT_INDEX: print_of(1, 1), LEFT_INDEX: glare_image()})
    assert [(f.position, f.reason) for f in receipt.failures] == [(LEFT_INDEX, "no_foreground")]
    assert "glare.png" in receipt.failures[0].message
    assert [t.position for t in receipt.encounter.templates] == [RIGHT_INDEX]


def unusable_files(folder: Path) -> dict[str, Path]:
    """Make files of a capture that went wrong: flat, cut off, too small, of an impossible resolution."""
    Image.fromarray(print_of(1, 1).pixels).save(folder / "whole.png", dpi=(500, 500))
    whole = (folder / "whole.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").touch()
    Image.new("L", (300, 300), 200).save(folder / "flat.png")
    Image.new("L", (9, 9)).save(folder / "tiny.png")
    Image.fromarray(print_of(1, 1).pixels).save(folder / "coarse.png", dpi=(120, 120))
    return {name: folder / f"{name}.png" for name in ("cut", "empty", "flat", "tiny", "coarse")}


def test_an_image_that_cannot_be_used_costs_its_finger_only(engine: Engine, tmp_path: Path) -> None:
    for name, path in unusable_files(tmp_path).items():
        receipt = engine.enrol(name, {RIGHT_INDEX: path, LEFT_INDEX: make_finger(1, LEFT_INDEX)})
        assert [(f.position, f.reason) for f in receipt.failures] == [(RIGHT_INDEX, "invalid_sample")]
        assert f"{name}.png" in receipt.failures[0].message
        assert [t.position for t in receipt.encounter.templates] == [LEFT_INDEX]
    flat = FingerImage(np.zeros((300, 300), np.uint8), 500.0, name="flat")
    found = engine.identify({RIGHT_INDEX: flat, LEFT_INDEX: make_finger(1, LEFT_INDEX)})
    assert (found.is_known, [f.reason for f in found.failures]) == (True, ["invalid_sample"])


def test_an_image_that_cannot_be_used_is_an_error_when_no_finger_is_left(
    engine: Engine, tmp_path: Path
) -> None:
    files = unusable_files(tmp_path)
    with pytest.raises(InvalidSample, match=r"RIGHT_INDEX: .*flat\.png: no contrast.*LEFT_INDEX: .*cut\.png"):
        engine.enrol("A", {RIGHT_INDEX: files["flat"], LEFT_INDEX: files["cut"]})
    with pytest.raises(ExtractionFailed, match=r"RIGHT_INDEX: .*flat\.png") as caught:
        engine.enrol("A", {RIGHT_INDEX: files["flat"], LEFT_INDEX: glare_image()})
    assert caught.value.reason == "no_usable_finger"
    with pytest.raises(InvalidSample, match=r"^/.*flat\.png"):  # no finger is named that nobody named
        engine.extract(files["flat"])
    assert engine.stats().n_subjects == 0


def test_a_mistake_of_the_caller_stops_the_call_whatever_the_other_fingers_give(
    engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "letter.png").write_text("Dear sir or madam")
    flat = unusable_files(tmp_path)["flat"]
    good: dict[FingerPosition, FingerSource] = {LEFT_INDEX: make_finger(1, LEFT_INDEX)}
    for source in (tmp_path / "missing.png", tmp_path, tmp_path / "letter.png"):
        with pytest.raises(InvalidSample, match=str(source)):
            engine.enrol("A", {RIGHT_INDEX: source, **good})
    with pytest.raises(InvalidSample, match=r"^RIGHT_INDEX: "):
        engine.enrol("A", {RIGHT_INDEX: b"Dear sir or madam", **good})
    with pytest.raises(InvalidSample, match="resolution is 5 ppi"):
        engine.enrol("A", {RIGHT_INDEX: flat, **good}, ppi=5)
    assert engine.stats().n_subjects == 0


def test_the_fallback_to_the_less_accurate_extractor_is_told_once(
    settings: EngineSettings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    finger_extractor.warn_of_fallback.cache_clear()
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path / "no-models"))
    for name in ("classical", "auto", "auto"):
        with Engine.open(settings=replace(settings, extractor=name)) as engine:
            assert engine.extract(print_of(1, 1)).extractor == "classical"
            assert len(caplog.records) == (name == "auto")
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("vantay.search.finger_extractor", "WARNING")
    assert "leader is not built, so that classical" in record.getMessage()


def test_when_no_finger_gives_a_template_nothing_is_enrolled(engine: Engine) -> None:
    with pytest.raises(ExtractionFailed, match=r"RIGHT_INDEX: glare\.png") as caught:
        engine.enrol("A", {RIGHT_INDEX: glare_image(), LEFT_INDEX: glare_image()})
    assert caught.value.reason == "no_foreground"
    assert engine.stats().n_subjects == 0


def test_database_can_be_written_by_others_while_images_are_extracted(
    engine: Engine, settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class MeanwhileEnrolling:
        name, version = "meanwhile", "1"

        def extract_many(self, images: Sequence[FingerImage]) -> list[FingerTemplate]:
            with Engine.open(settings=replace(settings, busy_timeout_ms=0)) as other:
                other.enrol("B", fingers(2))
            return [make_finger(1) for _ in images]

    monkeypatch.setattr(finger_extractor, "make_extractor", lambda *_, **__: MeanwhileEnrolling())
    engine.enrol("A", {RIGHT_INDEX: print_of(1, 1)})
    assert [s.subject_id for s in engine.list_subjects()] == ["A", "B"]


def test_an_engine_sees_what_another_enrolled(engine: Engine, settings: EngineSettings) -> None:
    assert not engine.identify(fingers_again(1)).is_known
    with Engine.open(settings=settings) as other:
        other.enrol("A", fingers(1))
    assert [c.subject_id for c in engine.identify(fingers_again(1)).matches] == ["A"]


def test_a_new_engine_finds_what_an_old_one_enrolled(settings: EngineSettings) -> None:
    with Engine.open(settings=settings) as engine:
        engine.enrol("A", fingers(1))
    with Engine.open(settings.database, create=False) as engine:
        assert [c.subject_id for c in engine.identify(fingers_again(1)).matches] == ["A"]


def test_threads_search_while_one_enrols(engine: Engine) -> None:
    engine.enrol("P0", fingers(0))
    failures: list[str] = []
    is_done = threading.Event()

    def search() -> None:
        while not is_done.is_set():
            matches = engine.identify(fingers_again(0)).matches
            if [c.subject_id for c in matches] != ["P0"]:
                failures.append(str(matches))

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for person in range(1, 15):
        engine.enrol(f"P{person}", fingers(person))
    is_done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert engine.identify(fingers_again(14)).n_searched == 15


def test_damage_in_the_store_is_no_answer(engine: Engine) -> None:
    engine.enrol("A", fingers(1))
    with engine._store._write() as transaction:
        transaction.connection.exec_driver_sql("UPDATE encounters SET sealed_templates = x'00'")
    with pytest.raises(DataCorruption, match="subject 'A', cannot be opened"):
        engine.identify(fingers_again(1))
    with pytest.raises(DataCorruption, match="subject 'A', cannot be opened"):
        engine.verify("A", fingers_again(1))


def test_thresholds_come_from_the_settings_unless_said(settings: EngineSettings) -> None:
    settings = replace(settings, threshold_fmr=1e-2, target_fpir=1e-1, max_candidates=1)
    with Engine.open(settings=settings) as engine:
        engine.enrol("A", fingers(1))
        engine.enrol("B", fingers(2))
        assert engine.verify("A", fingers(1)).threshold == pytest.approx(20)
        assert engine.verify("A", fingers(1), threshold_fmr=1e-3).threshold == pytest.approx(30)
        assert engine.identify(fingers(1)).threshold == pytest.approx(13.0103)
        assert len(engine.identify(fingers(1)).candidates) == 1
        assert len(engine.identify(fingers(1), max_candidates=5, target_fpir=1e-6).candidates) == 2
        with pytest.raises(CallerError, match="threshold_fmr is 0"):
            engine.verify("A", fingers(1), threshold_fmr=0)


def test_reading_engines_do_not_make_a_database(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no enrolment database"):
        Engine.open(tmp_path / "vantay.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_everything_that_callers_need_is_in_the_package() -> None:
    for name in vantay.__all__:
        assert getattr(vantay, name).__name__ == name
    assert vantay.Engine is Engine
    assert dir(vantay) == sorted(vantay.__all__)
    with pytest.raises(AttributeError, match="Enigne"):
        _ = vantay.Enigne


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = "{'numba', 'numpy', 'sqlalchemy', 'onnxruntime', 'cv2'}"
    program = f"import sys, vantay, vantay.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
