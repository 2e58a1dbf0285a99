#!/bin/sh
# perl: hashes, strings and regular expressions by the hundred thousand.
# needs: perl
set -eu
perl -e 'use strict; my (%count, @lines);
for my $i (1 .. 150000) { push @lines, join(" ", map { ($i * $_) % 9973 } 3 .. 9); }
for my $line (@lines) { $count{$_}++ for split / /, $line; (my $s = $line) =~ s/(\d)(\d)/$2$1/g; $count{$s}++; }
my @top = (sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count)[0 .. 9];
print scalar(keys %count), " @top\n";'
