#!/bin/sh
# Carry out a run in shards as the ranks of mpirun (Open MPI, MPICH, Intel MPI), and join what
# they have made:
#
#     mpirun.sh FILE.ini FOLDER [OPTION-OF-MPIRUN...]      such as -n 4, or --hostfile HOSTS
#
# The folder must be one that all machines see. Give the same command again after a crash or a
# full disk: what is finished is not made again; the number of ranks must stay the same. Each
# computes with THREADS threads, 1 by default.
set -eu
if [ $# -lt 3 ]; then
	echo "usage: $0 FILE.ini FOLDER OPTION-OF-MPIRUN..." >&2
	exit 2
fi
file=$1 folder=$2
shift 2
: "${CNNVIZ:=cnnviz}"

# No rank says that it failed, since mpirun would then end all others. The merge tells.
# shellcheck disable=SC2016 # for the ranks' shells
mpirun "$@" sh -c '"$0" run "$1" -o "$2" --shard auto --resume -q -s "run.threads=$3" || true' \
	"$CNNVIZ" "$file" "$folder" "${THREADS:-1}"
exec "$CNNVIZ" merge "$folder"
