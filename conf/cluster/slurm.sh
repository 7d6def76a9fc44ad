#!/bin/sh
# Submit a run to Slurm as an array of shards, and a job that joins what they have made once all
# of them have ended, however they have:
#
#     slurm.sh FILE.ini FOLDER SHARDS [OPTION-OF-SBATCH...]      such as --cpus-per-task=8
#
# The folder must be one that all nodes see. Give the same command again after a crash, a limit
# of time or a full disk: what is finished is not made again.
set -eu
if [ $# -lt 3 ]; then
	echo "usage: $0 FILE.ini FOLDER SHARDS [OPTION-OF-SBATCH...]" >&2
	exit 2
fi
file=$(realpath "$1") folder=$(realpath -m "$2") shards=$3
shift 3
: "${CNNVIZ:=cnnviz}"

# A task that is put back into the queue goes on where it was ended.
export CNNVIZ CNNVIZ_FILE="$file" CNNVIZ_FOLDER="$folder" CNNVIZ_SHARDS="$shards"
# shellcheck disable=SC2016 # for the tasks' shells
array=$(sbatch --parsable --job-name=cnnviz --array="1-$shards" --requeue "$@" --wrap='
	exec "$CNNVIZ" run "$CNNVIZ_FILE" -o "$CNNVIZ_FOLDER" --resume -q \
		--shard "$SLURM_ARRAY_TASK_ID/$CNNVIZ_SHARDS" \
		-s "run.threads=${SLURM_CPUS_PER_TASK:-1}"')
# shellcheck disable=SC2016
merge=$(sbatch --parsable --job-name=cnnviz-merge --dependency="afterany:$array" --wrap='
	exec "$CNNVIZ" merge "$CNNVIZ_FOLDER"')
echo "shards: job $array; what they have made is joined by job $merge"
