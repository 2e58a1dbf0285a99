# reports: the page that shows a run.

PYTEST_DIRS += reports/tests
