"""callflows/ is read whole or not at all, and says in plain words what is wrong with it."""

import shutil

import pytest

from ivr import catalogue
from tests.transcripts import ROOT


class Editor:
    """Somebody who changes a copy of callflows/."""

    def __init__(self, folder):
        self.folder = folder

    def changes(self, name, old, new):
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def reads(self):
        return catalogue.read(self.folder, "fa")

    def loads(self):
        return catalogue.load(self.folder, "fa")


@pytest.fixture
def editor(tmp_path):
    return Editor(shutil.copytree(ROOT / "callflows", tmp_path / "callflows"))


def test_what_is_shipped_has_no_error_and_no_unused_words():
    shipped = catalogue.load(ROOT / "callflows", "fa")
    found = catalogue.problems(shipped, ROOT / "callflows/audio/fa")
    assert [problem for problem in found if "no studio recording" not in problem.text] == []


def test_districts_and_categories_come_in_order():
    shipped = catalogue.load(ROOT / "callflows", "fa")
    assert [district.code for district in shipped.districts] == list("12345678")
    assert "unknown" in shipped.district_codes()
    assert shipped.terms["district.3"] == shipped.district("3").name
    assert shipped.terms["category.waste.missed"] == shipped.category("waste.missed").name
    with pytest.raises(KeyError):
        shipped.category("waste.nothing")


@pytest.mark.parametrize(
    ("code", "parent", "priority", "hours", "unit"),
    [
        ("clean", None, "normal", 21, "district"),
        ("clean.pollution", "clean", "urgent", 24, "district"),
        ("road.patch", "road", "civil", 70, "civil"),
        ("road.snow", "road", "urgent", 24, "district"),
        ("drain.canal", "drain", "civil", 70, "civil"),
        ("thanks", None, "normal", 21, "communications"),
    ],
)
def test_a_child_has_what_it_does_not_say_from_its_parent(code, parent, priority, hours, unit):
    found = catalogue.load(ROOT / "callflows", "fa").category(code)
    assert (found.parent, found.priority, found.sla_hours, found.unit) == (parent, priority, hours, unit)
    assert catalogue.load(ROOT / "callflows", "fa").unit(unit).name


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("hotline_137.yaml", "prompt: main_menu", "prompt: nothing", "'main' speaks 'nothing', which has no words"),
        ("hotline_137.yaml", "{value: clean, ", "{value: dirt, ", "'subject' gives category 'dirt', which no list has"),
        ("hotline_137.yaml", "district: unknown}", "district: nowhere}", "gives district 'nowhere'"),
        ("categories.yaml", "unit: waste", "unit: wasted", "goes to unit 'wasted', which is not in units.yaml"),
        ("prompts.fa.yaml", "{ahead:number}", "{ahead:count}", "there is no kind 'count'"),
        ("prompts.fa.yaml", "term.status}", "term.state}", "there is no kind 'term.state'"),
        ("prompts.fa.yaml", "{ahead:number}", "{ahead}", "a brace that is no slot"),
        ("prompts.fa.yaml", "  apology: >-", "  sorry: >-", "'apology' has no words"),
    ],
)
def test_parts_that_do_not_fit_are_named(editor, name, old, new, said):
    editor.changes(name, old, new)
    assert any(said in str(problem) for problem in catalogue.errors(editor.reads()))
    with pytest.raises(catalogue.CatalogueError) as refused:
        editor.loads()
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "hotline_137.yaml",
            "type: hangup, prompt: thanks",
            "type: hangup, promt: thanks",
            "hotline_137.yaml: nodes.thanks",
        ),
        ("hotline_137.yaml", "id: hotline_137", "id: hotline", "should be 'hotline_137'"),
        ("hotline_137.yaml", "  goodbye: {", "  thanks: {type: hangup}\n  goodbye: {", "'thanks' is there twice"),
        ("districts.yaml", 'code: "8"', "code: eight", "districts.yaml: 7.code"),
        ("units.yaml", "- {code: gas,", "- {code: [gas,", "units.yaml"),
        ("categories.yaml", "sla_hours: {urgent: 24", "sla_hours: {urgent: soon", "categories.yaml: sla_hours.urgent"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_by_name(editor, name, old, new, said):
    editor.changes(name, old, new)
    with pytest.raises(catalogue.CatalogueError) as refused:
        editor.reads()
    assert said in str(refused.value)


def test_a_missing_file_is_named(editor):
    with pytest.raises(catalogue.CatalogueError, match=r"prompts\.ar\.yaml: there is no such file"):
        catalogue.load(editor.folder, "ar")


def test_what_nobody_needs_is_a_warning(editor):
    editor.changes("prompts.fa.yaml", "terms:", "  spare: x\n\nterms:")
    studio = editor.folder / "audio/fa"
    (studio / "greeting.wav").touch()
    (studio / "greting.wav").touch()
    found = {(problem.level, problem.file, problem.text) for problem in catalogue.problems(editor.loads(), studio)}
    assert ("warning", "prompts.fa.yaml", "no flow speaks 'spare'") in found
    assert ("warning", "greting.wav", "a studio recording of no prompt") in found
    assert "greeting.wav" not in {file for _, file, _ in found}
    assert {level for level, _, _ in found} == {"warning"}
