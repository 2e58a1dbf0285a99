#!/bin/sh
# python3: the memory-heavy parts of its own test suite (objects, containers, strings, threads, processes).
# needs: /usr/bin/python3
set -eu
cd "$1"
/usr/bin/python3 -c 'import test.test_dict' 2>/dev/null || { echo "the package libpython3.11-testsuite is not here"; exit 77; }
/usr/bin/python3 -m test -q test_dict test_list test_set test_deque test_json test_unicode test_thread >log 2>&1 || { cat log; exit 1; }
grep -E '^(Result|All|== Tests result|[0-9]+ test)' log | sed 's/: [0-9.]* sec.*//'
