"""Findings as JUnit's XML, which CI systems read: fail is a failure, inconclusive is skipped with its reason."""

from xml.etree import ElementTree

from lvslab.judge.finding import Finding, Verdict
from lvslab.report.record import MILLISECOND, SECOND, Record

CONTROL = {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if code not in (9, 10, 13)}


def junit(record: Record) -> str:
    """Return the run as a test suite, with a test case for each finding."""
    verdicts = [finding.verdict for finding in record.findings]
    suite = ElementTree.Element(
        "testsuite",
        name=_clean(record.drill.name),
        tests=str(len(verdicts)),
        failures=str(verdicts.count(Verdict.FAIL)),
        errors="0",
        skipped=str(verdicts.count(Verdict.INCONCLUSIVE)),
        time=f"{(record.end - record.start) / SECOND:.3f}",
        timestamp=record.history.run.started,
    )
    for finding in record.findings:
        suite.append(_case(record, finding))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(record: Record, finding: Finding) -> ElementTree.Element:
    seconds = (finding.where[1] - finding.where[0]) / SECOND if finding.where else 0.0
    name = f"{finding.judge}: {finding.message}"
    case = ElementTree.Element(
        "testcase", classname=_clean(f"{record.drill.name}.{finding.judge}"), name=_clean(name), time=f"{seconds:.3f}"
    )
    tag = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "skipped"}.get(finding.verdict)
    if tag:
        told = ElementTree.SubElement(case, tag, message=_clean(finding.message))
        told.text = _clean(_details(finding))
    else:
        ElementTree.SubElement(case, "system-out").text = _clean(_details(finding))
    return case


def _details(finding: Finding) -> str:
    lines = [finding.message, *(f"{name} = {value}" for name, value in finding.figures.items())]
    if finding.where:
        start, end = (moment / MILLISECOND for moment in finding.where)
        lines.append(f"history: {start:.1f} ms to {end:.1f} ms")
    if finding.source:
        lines.append(f"source: {finding.source}")
    return "\n".join(lines)


def _clean(text: str) -> str:
    """Take out what XML 1.0 cannot hold (section 2.2): control characters and surrogates."""
    return text.translate(CONTROL).encode("utf-8", "replace").decode("utf-8")
