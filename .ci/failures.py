"""Reads test results (.trx) in a folder: what failed, and a filter that runs just that again.

failures.py FOLDER            names, messages and the first lines of the traces of the tests that failed
failures.py FOLDER --names    their names alone, a line each
failures.py FOLDER --passed   the names of those that passed
failures.py FOLDER --filter   an expression for `dotnet test --filter`; nothing when none failed
"""
import pathlib
import sys
import xml.etree.ElementTree as Xml

NAMESPACE = {"t": "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"}
BAD = {"Failed", "Error", "Timeout", "Aborted"}
GOOD = {"Passed"}
LINES = 25


def results(folder, outcomes):
    for file in sorted(pathlib.Path(folder).glob("*.trx")):
        root = Xml.parse(file).getroot()
        methods = {
            test.get("id"): test.find("t:TestMethod", NAMESPACE)
            for test in root.iterfind("t:TestDefinitions/t:UnitTest", NAMESPACE)
        }
        for result in root.iterfind("t:Results/t:UnitTestResult", NAMESPACE):
            if result.get("outcome") in outcomes:
                yield result, methods[result.get("testId")]


def expression(method):
    """Without what classes and methods are given, which may have characters that a filter reads otherwise."""
    return f"(FullyQualifiedName~{method.get('className').split('(')[0]}&Name~{method.get('name').split('(')[0]})"


def text(result, path):
    found = result.find("t:Output/t:ErrorInfo/" + path, NAMESPACE)
    return [] if found is None or not found.text else found.text.strip().splitlines()


def main(folder, how=None):
    found = list(results(folder, GOOD if how == "--passed" else BAD))
    if how == "--filter":
        print("|".join(sorted({expression(method) for _, method in found})))
    elif how in ("--names", "--passed"):
        for result, method in found:
            print(f"{method.get('className')}: {result.get('testName')}")
    else:
        for result, method in found:
            print(f"--- {method.get('className')}: {result.get('testName')} ({result.get('duration')})")
            for line in (text(result, "t:Message") + text(result, "t:StackTrace"))[:LINES]:
                print("    " + line)


main(*sys.argv[1:])
