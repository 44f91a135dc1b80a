"""`manage.py validate`: what it counts, what it prints, how it leaves.

The small tables here are the chart's own corners (Royal College of Physicians 2017) and the worked example of the IHE
PCD IPEC supplement (5 mcg/kg/min, 82 kg, 1.6 mg/mL); the published files are read where they lie beside the project.
"""

import csv
import io
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from monitoring.domain.validation import Outcome, compare_dose, compare_news2
from monitoring.management.commands.validate import Command

PROJECT = Path(__file__).resolve().parents[3]
NEWS2_HEADING = "id,rr,spo2,spo2_scale,on_o2,sbp,pulse,acvpu,temp_c,expected_total,expected_subscores"
DOSE_HEADING = "id,question,order_value,order_unit,weight_kg,concentration,conc_unit,answer_unit,exact,verdict"


def material(kind):
    """The published file in a folder beside the project, or beside one of the folders that hold it."""
    found = (path for folder in PROJECT.parents for path in (folder / "shared" / "material" / kind).glob("*.csv"))
    path = next(found, None)
    if path is None:
        pytest.skip(f"third-party material is not there: ../shared/material/{kind}")
    return path


def run(what, path, verbosity="1"):
    """The exit status and the lines printed."""
    out = io.StringIO()
    command = Command(stdout=out, no_color=True)
    options = vars(command.create_parser("manage.py", "validate").parse_args([what, str(path), "-v", verbosity]))
    try:
        command.handle(**options)
    except SystemExit as leaving:
        return leaving.code, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def written(tmp_path, heading, *rows):
    path = tmp_path / "vectors.csv"
    path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return path


def news2_file(tmp_path, *rows, more=""):
    return written(tmp_path, NEWS2_HEADING + more, *rows)


def dose_file(tmp_path, *rows):
    return written(tmp_path, DOSE_HEADING, *rows)


WELL = "16,98,1,0,125,72,A,36.8"


def test_agreeing_rows_leave_with_zero_and_the_counts_are_the_last_line(tmp_path):
    path = news2_file(tmp_path, f"a,{WELL},0,", 'b,25.0,91,1,1,90,131,V,39.1,19,"{""rr"": 3, ""o2"": 2, ""temp"": 2}"')
    status, lines = run("news2", path)
    assert status == 0
    assert lines[-1] == "agree 2, disagree 0, not asked 0"


def test_a_wrong_total_and_a_wrong_sub_score_are_named_and_leave_with_one(tmp_path):
    path = news2_file(tmp_path, f"good,{WELL},0,", f'bad,{WELL},1,"{{""rr"": 2, ""sbp"": 0}}"')
    status, lines = run("news2", path)
    assert status == 1
    assert lines[0] == "bad: total expected 1, computed 0; rr expected 2, computed 0"
    assert lines[-1] == "agree 1, disagree 1, not asked 0"


def test_every_sub_score_of_the_file_has_its_place(tmp_path):
    scores = '"{""rr"": 3, ""spo2"": 3, ""o2"": 2, ""sbp"": 3, ""pulse"": 3, ""acvpu"": 3, ""temp"": 2}"'
    assert run("news2", news2_file(tmp_path, f"all,25,91,1,yes,90,131,u,39.1,,{scores}"))[0] == 0


def test_a_missing_value_has_no_total(tmp_path):
    status, lines = run("news2", news2_file(tmp_path, 'a,,98,,,125,72,,36.8,0,"{""rr"": 0}"'))
    assert status == 1
    assert lines[0] == "a: total expected 0, computed none; rr expected 0, computed none"


def test_scale_2_is_scored_as_scale_2(tmp_path):
    assert run("news2", news2_file(tmp_path, "a,16,90,2,0,125,72,A,36.8,0,"))[0] == 0
    assert run("news2", news2_file(tmp_path, "a,16,90,1,0,125,72,A,36.8,0,"))[0] == 1


def test_a_row_whose_source_errs_is_counted_apart_and_held_against_the_chart(tmp_path):
    more = ",rcp_total,rcp_risk,agrees_with_rcp_chart"
    right = f"apart,{WELL},7,,0,low,no"
    wrong = f"wrong,{WELL},7,,3,low-medium,no"
    status, lines = run("news2", news2_file(tmp_path, right, more=more), verbosity="2")
    assert status == 0
    assert lines == [
        "apart: the source errs",
        "counted apart, since the file says that its source errs: 1",
        "agree 0, disagree 0, not asked 0",
    ]
    status, lines = run("news2", news2_file(tmp_path, wrong, more=more))
    assert status == 1
    assert (
        lines[0]
        == "wrong: total by the chart expected 3, computed 0; risk by the chart expected low_medium, computed low"
    )


def test_what_is_not_charted_so_is_not_asked(tmp_path):
    rows = [f"nothing,{WELL},,", "half,16.5,98,1,0,125,72,A,36.8,0,", "fine,16,98,1,0,125,72,A,36.85,0,"]
    status, lines = run("news2", news2_file(tmp_path, *rows), verbosity="2")
    assert status == 0
    assert lines[:3] == [
        "nothing: not asked: nothing is expected of it",
        "half: not asked: rr is charted in whole numbers",
        "fine: not asked: a temperature is charted with one digit after the point",
    ]
    assert lines[-1] == "agree 0, disagree 0, not asked 3"


@pytest.mark.parametrize(
    ("question", "agrees"),
    [
        ("rate,5,mcg/kg/min,82,1.6,mg/mL,mL/h,15.375,rounded", True),
        ("rate mL/h,0.3,mg/kg/h,82,1.6,mg/mL,mL/h,15.375,agree", True),
        ("rate,0.1,mg/kg/h,70,1,mg/mL,mL/h,7.0,", True),
        ("rate,850,units/h,,50,units/mL,mL/h,17,agree", True),
        ("rate,10,mcg/min,,0.2,mg/mL,mL/h,3,agree", True),
        ("rate,600,mcg/h,,200,mcg/mL,mL/h,3,agree", True),
        ("dose,15.4,mL/h,82,1.6,mg/mL,mcg/kg/min,5.00813,agree", True),
        ("dose,15.4,mL/h,,1.6,mg/mL,mg/h,24.64,agree", True),
        ("dose,10,mL/h,50,2,units/mL,units/kg/h,0.4,agree", True),
        ("convert,1,mg/kg/h,,,,mcg/kg/min,16.67,rounded", True),
        ("convert,0.1,mg/kg/h,70,,,mg/h,7,agree", True),
        ("rate,5,mcg/kg/min,82,1.6,mg/mL,mL/h,15.376,agree", False),
        ("dose,15.4,mL/h,82,1.6,mg/mL,mcg/kg/min,5.00814,agree", False),
        ("convert,1,mg/kg/h,,,,mcg/kg/min,16.68,rounded", False),
        ("rate,850,units/h,,50,units/mL,mL/h,NaN,agree", False),
    ],
)
def test_doses_are_compared_within_half_the_last_printed_digit(tmp_path, question, agrees):
    status, lines = run("dose", dose_file(tmp_path, f"q1,{question}"))
    assert status == (0 if agrees else 1)
    assert lines[-1] == ("agree 1, disagree 0, not asked 0" if agrees else "agree 0, disagree 1, not asked 0")


@pytest.mark.parametrize(
    ("exact", "agrees"), [("15.4", True), ("15.3", False), ("15", True), ("16", False), ("15.38", True)]
)
def test_half_the_last_printed_digit_is_that_of_the_exact_answer(exact, agrees):
    assert outcome(f"rate,5,mcg/kg/min,82,1.6,mg/mL,mL/h,{exact},") is (Outcome.AGREE if agrees else Outcome.DISAGREE)


def outcome(question):
    (row,) = csv.DictReader([DOSE_HEADING, f"q1,{question}"])
    (compared,) = compare_dose([row]).rows
    return compared.outcome


def test_a_differing_dose_says_what_was_expected_and_computed(tmp_path):
    _, lines = run("dose", dose_file(tmp_path, "q1,rate,5,mcg/kg/min,82,1.6,mg/mL,mL/h,15.3,agree"))
    assert lines[0] == "q1: expected 15.3 mL/h, computed 15.375"


@pytest.mark.parametrize(
    "question",
    [
        "time,15.4,mL/h,,,,min for 250 mL,974.026,rounded",
        "volume,105,mg,,50,mg/mL,mL,2.1,agree",
        "dilute,10,mL of 50 mg/mL into 500 mL,,,,mg/mL,1.0,agree",
        "convert,60,lb,,,,kg,27.2727,rounded",
        "convert,1,mg/h,,,,units/h,1,agree",
        "rate,5,mEq/h,,1,mEq/mL,mL/h,5,agree",
        "rate,5,mg/h,,1,mg/dL,mL/h,5,agree",
        "rate,5,mg/h,,1,mg/mL,drops/min,5,agree",
        "rate,5,mg/h,,2,units/mL,mL/h,2.5,agree",
        "rate,5,mcg/kg/min,,1.6,mg/mL,mL/h,15.375,agree",
        "dose,15.4,mL/min,,1.6,mg/mL,mg/h,24.64,agree",
        "rate,0.1,mg/kg/h,0,1,mg/mL,mL/h,NaN,agree",
        "rate,0.1,mg/kg/h,70,1,mg/mL,mL/h,,agree",
    ],
)
def test_other_questions_are_not_asked_of_this_software(tmp_path, question):
    status, lines = run("dose", dose_file(tmp_path, f"q1,{question}"))
    assert status == 0
    assert lines[-1] == "agree 0, disagree 0, not asked 1"


def test_refusing_to_compute_where_the_file_has_an_answer_is_a_difference(tmp_path):
    status, lines = run("dose", dose_file(tmp_path, "q1,rate,0.1,mg/kg/h,0,1,mg/mL,mL/h,7,agree"))
    assert status == 1
    assert lines[0] == "q1: expected 7, computed nothing: The weight in kg must be above 0, not 0."


@pytest.mark.parametrize(("exact", "expected"), [("7.0", Outcome.SOURCE_ERRS), ("7.1", Outcome.DISAGREE)])
def test_a_dose_whose_source_errs_is_counted_apart_and_held_against_the_exact_one(exact, expected):
    assert outcome(f"rate,0.1,mg/kg/h,70,1,mg/mL,mL/h,{exact},source wrong") is expected


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("a,sixteen,98,1,0,125,72,A,36.8,0,", "a: rr is 'sixteen', not a number."),
        ("a,NaN,98,1,0,125,72,A,36.8,0,", "a: rr is 'NaN', not a number."),
        ("a,16,98,3,0,125,72,A,36.8,0,", "a: spo2_scale is 3, not 1 or 2."),
        ("a,16,98,1,maybe,125,72,A,36.8,0,", "a: on_o2 is 'maybe', not 0 or 1."),
        ("a,16,98,1,0,125,72,D,36.8,0,", "a: acvpu is 'D', not one of A, C, V, P, U."),
        (f"a,{WELL},0.5,", "a: expected_total is '0.5', not a whole number."),
        (f"a,{WELL},,no", "a: expected_subscores is not a JSON object of whole numbers: no"),
        (f"a,{WELL},,[1]", "a: expected_subscores is not a JSON object of whole numbers: [1]"),
        (f'a,{WELL},,"{{""rr"": ""0""}}"', 'a: expected_subscores is not a JSON object of whole numbers: {"rr": "0"}'),
        (
            f'a,{WELL},,"{{""hr"": 0}}"',
            "a: the sub-score 'hr' is not known, only rr, spo2, o2, sbp, pulse, acvpu, temp.",
        ),
        ("a,16,98", "a: the row has not as many cells as the heading."),
        (f",{WELL},0,,extra", "row 1: the row has not as many cells as the heading."),
    ],
)
def test_a_row_that_cannot_be_read_says_where_and_why(tmp_path, row, sentence):
    with pytest.raises(CommandError) as refused:
        run("news2", news2_file(tmp_path, row))
    assert str(refused.value).endswith(f"vectors.csv cannot be compared with. {sentence}")
    assert refused.value.returncode == 2


def test_a_number_that_is_none_in_a_dose_row_says_so(tmp_path):
    with pytest.raises(CommandError, match=r"q1: weight_kg is 'heavy', not a number\."):
        run("dose", dose_file(tmp_path, "q1,rate,0.1,mg/kg/h,heavy,1,mg/mL,mL/h,7,agree"))


def test_a_file_of_another_kind_names_the_columns_it_lacks(tmp_path):
    with pytest.raises(CommandError, match=r"The file has no column question, order_value, order_unit, weight_kg,"):
        run("dose", news2_file(tmp_path, f"a,{WELL},0,"))


@pytest.mark.parametrize("text", ["", NEWS2_HEADING + "\n"])
def test_an_empty_file_is_refused(tmp_path, text):
    path = tmp_path / "empty.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=r"The file has no rows\."):
        run("news2", path)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r"none\.csv cannot be read: No such file or directory\."):
        run("news2", tmp_path / "none.csv")
    scan = tmp_path / "scan.csv"
    scan.write_bytes(b"\xff\xfe\x00id")
    with pytest.raises(CommandError, match=r"scan\.csv is not UTF-8 text\."):
        run("news2", scan)


def test_an_unfinished_quotation_is_refused(tmp_path):
    with pytest.raises(CommandError, match="cannot be compared with"):
        run("news2", news2_file(tmp_path, f'a,{WELL},0,"{{'))


def test_a_byte_order_mark_as_a_spreadsheet_writes_it_does_no_harm(tmp_path):
    path = tmp_path / "spreadsheet.csv"
    path.write_text(f"{NEWS2_HEADING}\r\na,{WELL},0,\r\n", encoding="utf-8-sig")
    assert run("news2", path)[0] == 0


def test_it_needs_no_system_check_and_no_database():
    assert Command.requires_system_checks == []
    assert Command.requires_migrations_checks is False


@pytest.mark.parametrize(
    ("kind", "compare", "asked", "not_asked"), [("news2", compare_news2, 108, 0), ("dose", compare_dose, 98, 6)]
)
def test_agrees_with_every_right_row_of_the_published_files(kind, compare, asked, not_asked):
    path = material(kind)
    with path.open(encoding="utf-8", newline="") as lines:
        report = compare(csv.DictReader(lines))
    assert [row.words for row in report.of(Outcome.DISAGREE)] == []
    assert len(report.of(Outcome.AGREE)) >= asked
    assert len(report.of(Outcome.NOT_ASKED)) >= not_asked
    assert run(kind, path)[0] == 0


@pytest.mark.parametrize(
    ("kind", "column", "altered"),
    [
        ("news2", "expected_total", lambda text: str(int(text) + 1)),
        ("news2", "expected_subscores", lambda text: text.replace(": 0", ": 1", 1)),
        ("dose", "exact", lambda text: f"{float(text) * 1.1:.6f}"),
    ],
)
def test_an_altered_copy_of_a_published_file_leaves_with_one_and_names_the_row(tmp_path, kind, column, altered):
    with material(kind).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    spoilt = next(row for row in rows if row[column] and altered(row[column]) != row[column])
    spoilt[column] = altered(spoilt[column])
    path = tmp_path / "altered.csv"
    with path.open("w", encoding="utf-8", newline="") as copy:
        writer = csv.DictWriter(copy, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    status, lines = run(kind, path)
    assert status == 1
    assert lines[0].startswith(f"{spoilt['id']}: ")
    assert "disagree 1," in lines[-1]
