#!/bin/bash
# Ends what up.sh has started, jobs included: down.sh FOLDER
D=$(realpath "$1")
export SLURM_CONF="$D/slurm.conf"
timeout 10 scancel --user="$(id -un)" 2>/dev/null
pids=$(cat "$D"/run/slurmd-*.pid "$D"/run/slurmctld.pid "$D"/run/munged.pid 2>/dev/null)
for pid in $pids; do kill "$pid" 2>/dev/null; done
for _ in $(seq 50); do
  alive=
  for pid in $pids; do kill -0 "$pid" 2>/dev/null && alive=$pid; done
  [ "$alive" ] || exit 0
  sleep 0.1
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
exit 0
