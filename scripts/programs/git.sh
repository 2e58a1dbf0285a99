#!/bin/sh
# git: a repository made, cloned and packed again with several threads, then verified.
# needs: git
set -eu
cd "$1"
export GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=e GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=e GIT_CONFIG_NOSYSTEM=1 HOME="$1"
export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
git init -q -b main one
for round in 1 2 3 4 5; do
    mkdir -p "one/folder$round"
    cp "$HAKMEM_ROOT"/allocator/*.[ch] "one/folder$round"
    for file in one/folder"$round"/*; do echo "/* $round */" >>"$file"; done
    git -C one add -A
    git -C one commit -q -m "round $round"
done
git clone -q --no-local --bare one two.git
git -C two.git -c pack.threads=4 gc -q --aggressive
git -C two.git fsck --full 2>&1 | grep -v '^Checking' || true
git -C two.git log --format='%H %s'
git -C two.git count-objects -v | grep -E 'in-pack|packs|garbage'
