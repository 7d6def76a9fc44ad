#!/bin/sh
# Carry out a run in shards on this machine, with GNU parallel, and join what they have made:
#
#     parallel.sh FILE.ini FOLDER SHARDS [AT-A-TIME]
#
# AT-A-TIME is the number of CPUs by default; each shard computes with THREADS threads, 1 by
# default. Give the same command again after a crash or a full disk: what is finished is not made
# again.
set -eu
if [ $# -lt 3 ]; then
	echo "usage: $0 FILE.ini FOLDER SHARDS [AT-A-TIME]" >&2
	exit 2
fi
file=$1 folder=$2 shards=$3
: "${CNNVIZ:=cnnviz}"

# Shards that fail are told of, by themselves and by the merge.
seq "$shards" | parallel --jobs "${4:-$(nproc)}" --line-buffer --quote \
	"$CNNVIZ" run "$file" -o "$folder" --shard "{}/$shards" --resume -q \
	-s "run.threads=${THREADS:-1}" ||
	echo "$0: not every shard is complete" >&2
exec "$CNNVIZ" merge "$folder"
