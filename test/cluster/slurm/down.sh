#!/bin/bash
# Ends what up.sh has started, jobs included: down.sh FOLDER
D=$(realpath "$1")
export SLURM_CONF="$D/slurm.conf"
timeout 10 scancel --user="$(id -un)" 2>/dev/null
for file in "$D"/run/slurmd-*.pid "$D"/run/slurmctld.pid "$D"/run/munged.pid; do
  [ -f "$file" ] && kill "$(cat "$file")" 2>/dev/null
done
exit 0
