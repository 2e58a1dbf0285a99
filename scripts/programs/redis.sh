#!/bin/sh
# redis-server: load from redis-benchmark with threads, a snapshot by fork under load, a restart from it.
# needs: redis-server redis-benchmark redis-cli
set -eu
cd "$1"
socket=$1/socket
ask() { redis-cli -s "$socket" "$@"; }
start() {
    redis-server --port 0 --unixsocket "$socket" --save '' --dir "$1" --logfile log --io-threads 2 >/dev/null 2>&1 &
    server=$!
    until [ "$(ask ping 2>/dev/null)" = PONG ]; do sleep 0.1; done
}
snapshot_end() {
    while ask info persistence | grep -q 'rdb_bgsave_in_progress:1'; do sleep 0.05; done
}
start "$1"
trap 'ask shutdown nosave >/dev/null 2>&1 || true; wait' EXIT
redis-benchmark -s "$socket" -q -n 60000 -r 100000 -d 300 -P 8 -t set,lpush,hset,sadd,zadd >/dev/null 2>&1 &
load=$!
sleep 0.3
ask bgsave >/dev/null
wait $load
for i in $(seq 20); do echo "set fixed:$i $(printf '%0200d' "$i")"; done | ask >/dev/null
snapshot_end
ask info persistence | tr -d '\r' | grep rdb_last_bgsave_status
ask bgsave >/dev/null
snapshot_end
before=$(ask debug digest 2>/dev/null || echo none)
keys=$(ask dbsize)
ask shutdown nosave >/dev/null 2>&1 || true
wait $server || true
start "$1"
[ "$(ask dbsize)" = "$keys" ] && echo "as many keys after the restart"
[ "$(ask debug digest 2>/dev/null || echo none)" = "$before" ] && echo "the same digest after the restart"
ask get fixed:7
