#!/bin/bash
# Brings a Slurm cluster of N nodes up on this machine, without systemd, for one user of it (root): up.sh FOLDER N PORT
# Everything is below FOLDER; ports from PORT on, of this machine alone. Then: SLURM_CONF=FOLDER/slurm.conf sbatch …
set -eu
mkdir -p "$1"
D=$(realpath "$1")
N=$2
PORT=$3
H=$(hostname -s)
mkdir -p "$D"/{state,log,run,spool}
chmod 755 "$D/run"
cat >"$D/slurm.conf" <<C
ClusterName=hashbook
SlurmctldHost=$H(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$D/run/munge.sock,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort=$PORT
StateSaveLocation=$D/state
SlurmdSpoolDir=$D/spool/%n
SlurmctldPidFile=$D/run/slurmctld.pid
SlurmdPidFile=$D/run/slurmd-%n.pid
SlurmctldLogFile=$D/log/slurmctld.log
SlurmdLogFile=$D/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1,nohold_on_prolog_fail
SlurmdParameters=config_overrides
JobRequeue=1
SlurmdTimeout=8
KillWait=5
ReturnToService=2
MaxArraySize=101
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
NodeName=n[1-$N] NodeHostname=$H NodeAddr=127.0.0.1 Port=[$((PORT + 1))-$((PORT + N))] CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
C
head -c 128 /dev/urandom >"$D/munge.key"
chmod 400 "$D/munge.key"
munged --force --key-file="$D/munge.key" --socket="$D/run/munge.sock" --pid-file="$D/run/munged.pid" \
  --log-file="$D/log/munged.log" --seed-file="$D/run/munged.seed"
export SLURM_CONF="$D/slurm.conf"
slurmctld -c
for i in $(seq 1 "$N"); do slurmd -N "n$i"; done
for _ in $(seq 600); do # a minute: a slow machine is no fault
  idle=$(sinfo -h -t idle -o %D 2>/dev/null | head -1 || true)
  [ "$idle" = "$N" ] && exit 0
  sleep 0.1
done
echo "the nodes did not come up: $(tail -n 2 "$D"/log/slurmctld.log)" >&2
exit 1
