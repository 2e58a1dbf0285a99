#!/bin/sh
# stress-ng: its malloc stressor with verification of every block, by processes and by threads.
# needs: stress-ng
set -eu
cd "$1"
stress-ng --temp-path "$1" --malloc 2 --malloc-ops 6000 --malloc-bytes 2M --malloc-max 256 --malloc-pthreads 2 \
    --malloc-touch --verify --timeout 60 >log 2>&1 || { cat log; exit 1; }
grep -ciE 'fail|corrupt|error' log || true
