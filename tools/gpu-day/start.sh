#!/bin/sh
# Starts the GPU day from an unpacked pack: sh start.sh [options of tools/gpu-day/day.mjs]. Libraries that the machine
# has are used; those that it lacks come from system/.
here=$(cd "$(dirname "$0")" && pwd)
known=$( (ldconfig -p || /sbin/ldconfig -p) 2>/dev/null)
mkdir -p "$here/lacking"
for library in "$here"/system/*; do
  name=$(basename "$library")
  case "$known" in *"$name "*) ;; *) ln -sf "$library" "$here/lacking/$name" ;; esac
done
LD_LIBRARY_PATH="$here/lacking${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
exec "$here/node" "$here/tools/gpu-day/day.mjs" "$@"
