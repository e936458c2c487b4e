"""The report as one page that needs nothing else: figures, then pictures."""

from collections.abc import Sequence
from html import escape

from tests.bench.quality.figures import Figure, Finding

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:980px;margin:2em auto;padding:0 1em;color:#1f2328}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35em .6em;border-bottom:1px solid #d8dee4;
vertical-align:top}td.note{color:#57606a;font-size:13px}.yes{color:#1a7f37}.no{color:#d1242f;font-weight:600}
figure{margin:1.6em 0}figcaption{font-weight:600;margin-bottom:.3em}svg,img{width:100%;height:auto}
img{height:220px;image-rendering:auto}svg text{font-size:12px;fill:#57606a}.grid{stroke:#d8dee4}
.mark{stroke:#d1242f;stroke-dasharray:5 4}
"""


def page(machine: str, findings: Sequence[Finding]) -> str:
    """HTML."""
    figures = [figure for finding in findings for figure in finding.figures]
    pictures = [picture for finding in findings for picture in finding.pictures]
    short = [figure for figure in figures if figure.ok is False]
    verdict = f"{len(short)} of {len(figures)} figures are not reached" if short else "Every figure is reached"
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        f"<title>Crosspatch: quality of speech</title><style>{STYLE}</style>",
        f"<h1>Quality of speech</h1><p>{escape(machine)}</p><p>{verdict}.</p>",
        "<table><tr><th>measured<th>value<th>asked<th>reached<th>how</tr>",
        *map(_row, figures),
        "</table>",
    ]
    for picture in pictures:
        words = f"<p>{escape(picture.words)}</p>" if picture.words else ""
        parts.append(f"<figure><figcaption>{escape(picture.title)}</figcaption>{words}{picture.html}</figure>")
    return "\n".join(parts) + "\n"


def _row(figure: Figure) -> str:
    cells = "".join(f"<td>{escape(text)}" for text in (figure.name, figure.measured, figure.asked))
    kind = {True: "yes", False: "no", None: ""}[figure.ok]
    return f'<tr>{cells}<td class="{kind}">{kind}<td class="note">{escape(figure.note)}</tr>'
