#!/bin/sh
# sqlite3: tables, indices, sorting and full-text search in memory and in a file.
# needs: sqlite3
set -eu
for database in :memory: "$1/file.db"; do
    sqlite3 "$database" <<'SQL'
create table t(a integer primary key, b integer, c text);
with recursive n(x) as (select 1 union all select x + 1 from n where x < 150000)
insert into t select x, x * 7919 % 10007, 'text ' || (x * 31 % 977) || ' of ' || x from n;
create index i on t(b, c);
select count(*), sum(b), max(c) from t;
select b, count(*), group_concat(substr(c, 1, 8)) from t group by b % 50 order by 2 desc, 1 limit 5;
create virtual table f using fts5(c);
insert into f select c from t where a % 5 = 0;
select count(*) from f where f match 'text AND 31';
delete from t where a % 3 = 0;
vacuum;
select count(*), sum(length(c)) from t;
SQL
done
