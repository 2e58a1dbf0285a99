"""Markdown: the answer and the tables, short enough for a pull request."""

from __future__ import annotations

from labreport.answer import answer_of
from labreport.notice import notices_of
from labreport.palette import palette_of
from labreport.run import Run
from labreport.scoreboard import Board, boards_of
from labreport.section import Section, Table
from labreport.sections import ablation, board, roadmap
from labreport.sections.speed import numbers as metric_numbers
from labreport.units import metric_name

SPECIAL = "\\`*_{}[]<>|#"


def markdown(run: Run) -> str:
    answer = answer_of(run)
    lines = [f"## {escaped(answer.headline)}", "", escaped(answer.evidence), ""]
    lines += [f"- {escaped(line)}" for line in answer.more] + ["" if answer.more else ""]
    lines += [f"> **{escaped(notice.title)}.** {escaped(notice.text)}\n>" for notice in notices_of(run)]
    for heat in boards_of(run):
        lines += ["", f"### {escaped(heat.title)}", "", f"{escaped(heat.hint)}", "", *board_lines(heat)]
    for module in (board, roadmap, ablation):
        section = module.build(run, palette_of(run))
        lines += section_lines(section) if section is not None else []
    for metric in dict.fromkeys(row.metric for row in run.estimates):
        table = metric_numbers(run, metric)
        lines += ["", "<details><summary>" + f"Medians: {metric_name(metric)}</summary>", "", *table_lines(table), "",
                  "</details>"]
    return "\n".join(lines) + "\n"


def section_lines(section: Section) -> list[str]:
    """A section of the page without its figures: what it concludes, and its tables."""
    lines = ["", f"### {escaped(section.title)}", "", escaped(section.conclusion), ""]
    lines += [line for words in section.paragraphs for line in (escaped(words), "")]
    for table in section.tables:
        lines += [*([f"**{escaped(table.caption)}**", ""] if len(section.tables) > 1 else []), *table_lines(table), ""]
    for table in section.details:
        summary = f"<details><summary>{escaped(table.caption)}</summary>"
        lines += [summary, "", *table_lines(table), "", "</details>", ""]
    return lines


def board_lines(board: Board) -> list[str]:
    head = ["workload"] + board.columns
    rows = [[name] + [f"{score.text} {score.verdict} ({score.note})" if score.note else f"{score.text} {score.verdict}"
                      for score in scores] for name, scores in board.rows]
    return pipe_table(head, rows)


def table_lines(table: Table) -> list[str]:
    return pipe_table(table.head, [[cell.text for cell in row] for row in table.rows])


def pipe_table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [pipe_row(head), "|" + " --- |" * len(head), *map(pipe_row, rows)]


def pipe_row(cells: list[str]) -> str:
    return "| " + " | ".join(escaped(cell) for cell in cells) + " |"


def escaped(text: str) -> str:
    """Plain text that Markdown shows as it is."""
    flat = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in SPECIAL else sign for sign in flat)
